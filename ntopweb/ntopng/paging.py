"""Numbered pages: ``currentPage`` and ``perPage`` of ntopng's tables, ``start`` and ``length``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ntopweb.ntopng.parameters import Parameters

_ROWS: Final = 10
_MOST_ROWS: Final = 10_000


@dataclass(frozen=True)
class Numbered:
    """Which rows of a list, and its order. ``column`` is ntopng's name of it, "" for none."""

    page: int
    size: int
    column: str
    descending: bool
    everything: bool = False

    @classmethod
    def of(cls, parameters: Parameters) -> Numbered:
        """Return what the parameters say: page 1 of ten rows unless they do."""
        page = parameters.number("currentPage", 1, least=1, most=1_000_000)
        size = parameters.number("perPage", _ROWS, least=1, most=_MOST_ROWS)
        column = parameters.text("sortColumn").removeprefix("column_")
        is_down = parameters.text("sortOrder").lower() == "desc"
        return cls(page, size, column, is_down, everything="all" in parameters)

    @property
    def start(self) -> int:
        """The number of the first row."""
        return 0 if self.everything else (self.page - 1) * self.size

    @property
    def stop(self) -> int | None:
        """The number after the last row; None for all."""
        return None if self.everything else self.start + self.size

    def answer(self, rows: list[dict[str, Any]], total: int, column: str) -> dict[str, Any]:
        """Return the page object; all rows at once are ntopng's page 0."""
        return {
            "currentPage": 0 if self.everything else self.page,
            "perPage": -1 if self.everything else self.size,
            "totalRows": total,
            "data": rows,
            "sort": [[column, "desc" if self.descending else "asc"]],
        }


@dataclass(frozen=True)
class Slice:
    """``start`` and ``length`` of the newer tables; without a length, everything."""

    start: int
    length: int | None

    @classmethod
    def of(cls, parameters: Parameters) -> Slice:
        """Return what the parameters say."""
        length = parameters.number("length", 0, most=_MOST_ROWS)
        return cls(parameters.number("start", 0), length or None)

    def of_rows(self, rows: Any) -> Any:
        """Return the slice of a list or a query."""
        stop = None if self.length is None else self.start + self.length
        return rows[self.start : stop]
