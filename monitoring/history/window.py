"""The time and the interfaces that a page looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

#: Seconds of a bucket in each of the roll-up tables, finest first.
RESOLUTIONS: Final = {"10s": 10, "1m": 60, "1h": 3600, "1d": 86_400}
TABLES: Final = {name: f"traffic_{name}" for name in RESOLUTIONS}
#: A chart has at most so many points; the finest resolution that keeps to it is taken.
_MAX_POINTS: Final = 400


@dataclass(frozen=True)
class Window:
    """From ``since`` until before ``until``, aware; of all interfaces where None is given."""

    since: datetime
    until: datetime
    interfaces: Sequence[int] | None = None

    @classmethod
    def last(
        cls, span: timedelta, now: datetime, interfaces: Sequence[int] | None = None
    ) -> Window:
        """Return the window that ends now."""
        return cls(now - span, now, interfaces)

    @property
    def resolution(self) -> str:
        """The finest resolution that shows the window in no more than some hundred points."""
        seconds = (self.until - self.since).total_seconds()
        fitting = (name for name, step in RESOLUTIONS.items() if seconds / step <= _MAX_POINTS)
        return next(fitting, "1d")

    @property
    def table(self) -> str:
        """The roll-up table of that resolution."""
        return TABLES[self.resolution]

    def where(self, dimension: str) -> tuple[str, list[Any]]:
        """Return the SQL condition on a roll-up's rows and its values."""
        sql = "dimension = %s AND bucket >= %s AND bucket < %s"
        values: list[Any] = [dimension, self.since, self.until]
        if self.interfaces is not None:
            return f"{sql} AND interface_id = ANY(%s)", [*values, list(self.interfaces)]
        return sql, values
