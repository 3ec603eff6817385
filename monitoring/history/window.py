"""The time and the interfaces that a page looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

#: Seconds of a bucket in each of the roll-up tables, finest first.
RESOLUTIONS: Final = {"10s": 10, "1m": 60, "1h": 3600, "1d": 86_400}
TABLES: Final = {name: f"traffic_{name}" for name in RESOLUTIONS}


def finest_of(age: timedelta, kept: Mapping[str, timedelta]) -> int:
    """Return the seconds of the finest resolution that still has what is so old.

    ``kept`` says how long each is kept, by its name in RESOLUTIONS.
    """
    held = (seconds for name, seconds in RESOLUTIONS.items() if age <= kept[name])
    return next(held, RESOLUTIONS["1d"])


#: A chart has at most so many points, as many as are told apart on a screen.
_MAX_POINTS: Final = 200
#: Seconds between two points, each a multiple of a resolution.
_STEPS: Final = (10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400)


@dataclass(frozen=True)
class Window:
    """From ``since`` until before ``until``, aware; of all interfaces where None is given."""

    since: datetime
    until: datetime
    interfaces: Sequence[int] | None = None
    #: Seconds that two points lie apart at least: what is old is kept in coarse sums alone.
    finest: int = 10

    @classmethod
    def last(
        cls, span: timedelta, now: datetime, interfaces: Sequence[int] | None = None
    ) -> Window:
        """Return the window that ends now."""
        return cls(now - span, now, interfaces)

    @property
    def step(self) -> int:
        """Seconds between two points of a chart."""
        seconds = (self.until - self.since).total_seconds()
        enough = (step for step in _STEPS if seconds / step <= _MAX_POINTS)
        return max(next(enough, _STEPS[-1]), self.finest)

    @property
    def table(self) -> str:
        """The roll-up table to read: the coarsest that still has every point."""
        return [TABLES[name] for name, step in RESOLUTIONS.items() if step <= self.step][-1]

    @property
    def moments(self) -> list[datetime]:
        """The starts of a chart's points, oldest first; the one that is not over is left out."""
        first = int(self.since.timestamp()) // self.step * self.step
        return [
            datetime.fromtimestamp(moment, UTC)
            for moment in range(first, int(self.until.timestamp()) - self.step + 1, self.step)
        ]

    def where(self, dimension: str) -> tuple[str, list[Any]]:
        """Return the SQL condition on a roll-up's rows and its values."""
        sql = "dimension = %s AND bucket >= %s AND bucket < %s"
        since = int(self.since.timestamp()) // self.step * self.step
        values: list[Any] = [dimension, datetime.fromtimestamp(since, UTC), self.until]
        if self.interfaces is not None:
            return f"{sql} AND interface_id = ANY(%s)", [*values, list(self.interfaces)]
        return sql, values
