"""How many alerts engaged in each part of a time, by severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from alerts.models import Alert
from alerts.severity import Severity
from monitoring.history.window import Window

#: Points of a chart at most: bars need room.
_BARS: Final = 60


class Engaged(NamedTuple):
    """Counts of each severity that there is; ``starts`` of the parts are seconds of the epoch."""

    seconds: int
    starts: list[int]
    lines: dict[str, list[int]]


def engaged_over_time(alerts: QuerySet[Alert], window: Window, most: int = _BARS) -> Engaged:
    """Return how many of these alerts engaged in each of ``most`` parts of the window or less."""
    seconds = window.step * -(-len(window.moments) // most)
    first = int(window.since.timestamp()) // seconds * seconds
    starts = list(range(first, int(window.until.timestamp()) + 1, seconds))
    place = {start: index for index, start in enumerate(starts)}
    lines = {str(one): [0] * len(starts) for one in Severity if one.rank}
    for start, severity, number in _counts(alerts, window, seconds):
        if (index := place.get(int(start))) is not None and severity in lines:
            lines[severity][index] = number
    return Engaged(seconds, starts, {name: line for name, line in lines.items() if any(line)})


def _counts(alerts: QuerySet[Alert], window: Window, step: int) -> Sequence[tuple[Any, str, int]]:
    """Return (start of a part, severity, alerts)."""
    chosen = alerts.order_by().filter(engaged_at__gte=window.since, engaged_at__lt=window.until)
    sql, values = chosen.values("engaged_at", "severity").query.sql_with_params()
    grouped = f"SELECT {_PART}, severity, count(*) FROM ({sql}) AS c GROUP BY 1, 2"  # noqa: S608 (ours)
    with connection.cursor() as cursor:
        cursor.execute(grouped, [step, *values])
        return list(cursor.fetchall())


_PART: Final = (
    "extract(epoch FROM date_bin(make_interval(secs => %s), engaged_at, 'epoch'::timestamptz))"
    "::bigint"
)
