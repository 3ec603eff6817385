"""The windows of time that endpoints look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.conf import settings

from monitoring.history.window import RESOLUTIONS, TABLES, Window, finest_of

#: Rates "now" are those over so long, until so long ago, when all parts have come.
_RATE: Final = timedelta(seconds=30)
_SETTLED: Final = timedelta(seconds=10)
_DAY: Final = 86_400
#: Points of a time series unless the caller limits them, and at most.
DEFAULT_POINTS: Final = 60
MOST_POINTS: Final = 200


def just_now(now: datetime, interfaces: Sequence[int] | None) -> Window:
    """Return the latest half minute that is complete."""
    return Window(now - _SETTLED - _RATE, now - _SETTLED, interfaces)


def ever(now: datetime, interfaces: Sequence[int]) -> Window:
    """Return all that is kept, by days."""
    kept = timedelta(days=settings.RETENTION_DAYS["traffic_1d"])
    return Window(now - kept, now + timedelta(days=1), interfaces, _DAY)


def series_window(
    since: datetime, until: datetime, now: datetime, interfaces: Sequence[int], limit: int
) -> Window:
    """Return the window with at most ``limit`` points, of a resolution that is still kept."""
    seconds = (until - since).total_seconds()
    kept = {name: timedelta(days=settings.RETENTION_DAYS[f"traffic_{name}"]) for name in TABLES}
    least = max(ceil(seconds / max(limit - 1, 1)), finest_of(now - since, kept))
    unit = max(step for step in RESOLUTIONS.values() if step <= max(least, 10))
    return Window(since, until, interfaces, ceil(least / unit) * unit)


def sums_window(
    since: datetime, until: datetime, now: datetime, interfaces: Sequence[int]
) -> Window:
    """Return the window to sum over, in the coarsest steps of which it has 24 at least."""
    kept = {name: timedelta(days=settings.RETENTION_DAYS[f"traffic_{name}"]) for name in TABLES}
    wanted = (until - since).total_seconds() / 24
    unit = max([step for step in RESOLUTIONS.values() if step <= wanted], default=10)
    return Window(since, until, interfaces, max(unit, finest_of(now - since, kept)))
