"""Sums of the roll-ups by point of time, and of chosen keys, for programs that name what they want."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from monitoring.history.traffic import Sums
from monitoring.history.window import Window

#: What can be asked of each point, and its SQL; "keys" is how many keys there were.
MEASURES: Final[Mapping[str, str]] = {
    "bytes": "sum(bytes_sent + bytes_received)",
    "bytes_sent": "sum(bytes_sent)",
    "bytes_received": "sum(bytes_received)",
    "packets": "sum(packets_sent + packets_received)",
    "packets_sent": "sum(packets_sent)",
    "packets_received": "sum(packets_received)",
    "flows": "sum(flows)",
    "score": "sum(score)",
    "keys": "count(DISTINCT key)",
}


@dataclass(frozen=True)
class Points:
    """Sums over time: ``times`` are the points' starts, each of ``lines`` one number a point."""

    seconds: int
    times: list[datetime]
    lines: dict[str, list[float]]


def points(
    dimension: str, window: Window, measures: Sequence[str], key: str | None = None
) -> Points:
    """Return the measures over time of one key, or of all together; 0 where nothing was.

    Raises KeyError for a measure that is not one of MEASURES.
    """
    where, values = window.where(dimension)
    if key is not None:
        where, values = f"{where} AND key = %s", [*values, key]
    columns = ", ".join(MEASURES[name] for name in measures)
    rows = _fetch(
        "SELECT date_bin(make_interval(secs => %s), bucket, 'epoch'::timestamptz) AS point,"
        f" {columns} FROM {window.table} WHERE {where} GROUP BY point",
        [window.step, *values],
    )
    times = window.moments
    found = {point: numbers for point, *numbers in rows}
    nothing = [0] * len(measures)
    return Points(
        window.step,
        times,
        {
            name: [float(found.get(moment, nothing)[place] or 0) for moment in times]
            for place, name in enumerate(measures)
        },
    )


def sums_of(dimension: str, keys: Sequence[str], window: Window) -> dict[str, Sums]:
    """Return the sums of those of these keys that have any in the window."""
    where, values = window.where(dimension)
    rows = _fetch(
        "SELECT key, sum(bytes_sent), sum(bytes_received), sum(packets_sent + packets_received),"
        f" sum(flows), sum(score) FROM {window.table} WHERE {where} AND key = ANY(%s) GROUP BY key",
        [*values, list(keys)],
    )
    return {key: Sums(key, *map(int, numbers)) for key, *numbers in rows}


def _fetch(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
