"""What a report is made of, without database: every text is ready to be read, none is markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

#: Alignments of a column: words, numbers, and addresses or keys in a fixed width.
TEXT: Final = "text"
NUMBER: Final = "number"
CODE: Final = "code"


@dataclass(frozen=True)
class Column:
    """A column's head, how its cells are set (TEXT, NUMBER or CODE) and its part of the width."""

    title: str
    kind: str = TEXT
    width: float = 1.0


@dataclass(frozen=True)
class Row:
    """The cells of a line; ``share`` (0 to 1) is drawn as a bar below the first one."""

    cells: Sequence[str]
    share: float = 0.0


@dataclass(frozen=True)
class Table:
    """Lines under a head; ``share_of`` names what the bars are part of, for the caption."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    share_of: str = ""


@dataclass(frozen=True)
class Figure:
    """A picture as SVG, and what it shows in words for those who cannot see it."""

    svg: str
    alt: str


@dataclass(frozen=True)
class Section:
    """A part under a heading. One that has nothing to show says why in ``empty``."""

    title: str
    note: str = ""
    figure: Figure | None = None
    table: Table | None = None
    empty: str = ""


@dataclass(frozen=True)
class Tile:
    """A number that stands at the beginning; ``trend`` compares it with the period before."""

    title: str
    value: str
    trend: str = ""


@dataclass(frozen=True)
class Report:
    """A whole report. Times are texts in ``zone``, an IANA name that is printed beside them."""

    title: str
    subject: str
    kind: str
    period: str
    before: str
    zone: str
    made_at: str
    summary: Sequence[str] = ()
    tiles: Sequence[Tile] = ()
    sections: Sequence[Section] = ()
    about: Sequence[str] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the report of what :meth:`as_json` gave."""
        return cls(
            **{
                **data,
                "tiles": [Tile(**tile) for tile in data["tiles"]],
                "sections": [_section(one) for one in data["sections"]],
            }
        )


def _section(data: Mapping[str, Any]) -> Section:
    figure, table = data["figure"], data["table"]
    return Section(
        **{
            **data,
            "figure": Figure(**figure) if figure else None,
            "table": _table(table) if table else None,
        }
    )


def _table(data: Mapping[str, Any]) -> Table:
    columns = [Column(**column) for column in data["columns"]]
    return Table(columns, [Row(**row) for row in data["rows"]], data["share_of"])
