"""Sums by point of time, and of chosen keys, for programs that name what they want."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from monitoring.history.reading import fetch
from monitoring.history.traffic import POINT, Sums
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
    rows = fetch(
        f"SELECT {POINT}, {columns} FROM {window.table} WHERE {where} GROUP BY point",
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
    rows = fetch(
        "SELECT key, sum(bytes_sent), sum(bytes_received), sum(packets_sent + packets_received),"
        f" sum(flows), sum(score) FROM {window.table} WHERE {where} AND key = ANY(%s) GROUP BY key",
        [*values, list(keys)],
    )
    return {key: Sums(key, *map(int, numbers)) for key, *numbers in rows}


def host_points(
    host: str, window: Window, vlan: int | None = None, applications: Sequence[int] | None = None
) -> Points:
    """Return what a host moved over time, from its flows, and their scores as either end.

    Lines: ``bytes_sent``, ``bytes_received``, ``score_as_client``, ``score_as_server``.
    """
    where, values = "(client = %s::inet OR server = %s::inet)", [host, host]
    narrowed: list[Any] = [window.moments[0] if window.moments else window.since, window.until]
    conditions = "time >= %s AND time < %s"
    for column, wanted in (
        ("interface_id = ANY(%s)", None if window.interfaces is None else list(window.interfaces)),
        ("vlan = %s", vlan),
        ("application_id = ANY(%s)", None if applications is None else list(applications)),
    ):
        if wanted is not None:
            conditions, narrowed = f"{conditions} AND {column}", [*narrowed, wanted]
    moved = "sum(CASE WHEN client = %s::inet THEN bytes_to_{}_delta ELSE bytes_to_{}_delta END)"
    sums = (
        moved.format("server", "client"),
        moved.format("client", "server"),
        "sum(score) FILTER (WHERE client = %s::inet)",
        "sum(score) FILTER (WHERE server = %s::inet)",
    )
    rows = fetch(
        "SELECT date_bin(make_interval(secs => %s), time, 'epoch'::timestamptz) AS point,"
        f" {', '.join(sums)} FROM flow WHERE {where} AND {conditions} GROUP BY point",
        [window.step, *[host] * len(sums), *values, *narrowed],
    )
    found = {point: numbers for point, *numbers in rows}
    names = ("bytes_sent", "bytes_received", "score_as_client", "score_as_server")
    lines = {
        name: [float(found.get(moment, [0] * 4)[place] or 0) for moment in window.moments]
        for place, name in enumerate(names)
    }
    return Points(window.step, window.moments, lines)
