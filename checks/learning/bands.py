"""The band in which a measure's past lets expect it, by exponential smoothing.

Double exponential smoothing (Holt), as ntopng does; with a season of a day (Holt-Winters, additive)
once two days are known. statsmodels does both: pandas' and polars' moving
averages know neither trend nor season. The smoothing is fixed, not fitted: a fit takes a hundred
times as long and follows the very anomaly that is looked for.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from django.db import connection
from numpy.typing import NDArray

from checks.derived import BAND

STEP: Final = timedelta(minutes=5)
#: Points of a day.
SEASON: Final = int(timedelta(days=1) / STEP)
#: Points of the past that are looked at: eight days of interfaces, three of hosts.
_PAST: Final = {"interface": 8 * SEASON, "host": 3 * SEASON}
#: Weights of the newest point in level, trend and season (R. Hyndman, G. Athanasopoulos,
#: "Forecasting: Principles and Practice", chapter 8).
_LEVEL, _TREND, _SEASONAL = 0.2, 0.02, 0.2
#: The newest points say nothing of the past's errors, and the first are still settling.
RECENT: Final = 12
_SETTLING: Final = 6
#: The band is never narrower than this share of what is expected, nor than this much.
_LEAST_SHARE, _LEAST = 0.05, 1.0
#: Hosts that are looked at: those with most traffic in the last day.
_MOST_HOSTS: Final = 100
_SHOWN: Final = 72

Numbers = NDArray[np.float64]


class Band(NamedTuple):
    """One measure's forecast: of each point from the one before, and the errors' deviation."""

    expected: Numbers
    deviation: float


def band(values: Numbers, *, are_counts: bool = False) -> Band:
    """Return the band of a series with a point every five minutes, oldest first. Pure.

    Events that come by chance, ``are_counts``, spread by the root of their number at least.
    Raises ValueError for fewer points than RECENT + _SETTLING.
    """
    if len(values) < RECENT + _SETTLING:
        raise ValueError(f"values: {len(values)} points, fewer than {RECENT + _SETTLING}")
    expected = _smooth(values)
    errors = (values - expected)[_SETTLING:-RECENT]
    spread = float(np.std(errors)) if len(errors) else 0.0
    middle = abs(float(expected[-1]))
    least = max(_LEAST, _LEAST_SHARE * middle, np.sqrt(middle) if are_counts else 0.0)
    return Band(expected, max(spread, least))


def _smooth(values: Numbers) -> Numbers:
    """Return what each point was expected to be, by those before it."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing, Holt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if len(values) >= 2 * SEASON + RECENT:
            model: Any = ExponentialSmoothing(
                values, trend="add", seasonal="add", seasonal_periods=SEASON,
                initialization_method="heuristic",
            )  # fmt: skip
            fitted = model.fit(
                smoothing_level=_LEVEL,
                smoothing_trend=_TREND,
                smoothing_seasonal=_SEASONAL,
                optimized=False,
            )
        else:
            start = float(np.median(values[:_SETTLING]))
            model = Holt(
                values, initialization_method="known", initial_level=start, initial_trend=0.0
            )
            fitted = model.fit(smoothing_level=_LEVEL, smoothing_trend=_TREND, optimized=False)
    return np.asarray(fitted.fittedvalues, dtype=np.float64)


def row(values: Numbers, last: datetime, **about: Any) -> dict[str, Any]:
    """Return a row of BAND for the newest point, that of ``last``."""
    found = band(values, are_counts=about.get("measure") == "flows")
    distances = np.abs(values - found.expected)[-RECENT:] / found.deviation
    lines = zip(values[-_SHOWN:], found.expected[-_SHOWN:], strict=True)
    first = last - STEP * (min(_SHOWN, len(values)) - 1)
    series = [
        [int((first + STEP * n).timestamp()), round(float(value), 1), round(float(expected), 1)]
        for n, (value, expected) in enumerate(lines)
    ]
    return {
        **about,
        "value": float(values[-1]),
        "expected": float(found.expected[-1]),
        "deviation": found.deviation,
        "points": len(values) - 1,
        "distances": distances[::-1].round(3).tolist(),
        "series": json.dumps(series),
    }


def look(now: datetime) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the frame ``band`` of the last whole point."""
    until = datetime.fromtimestamp(
        now.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC
    )
    rows = [*_of_interfaces(until), *_of_hosts(until)]
    yield "band", pl.DataFrame(rows, schema=BAND, orient="row")


def _of_interfaces(until: datetime) -> Iterator[dict[str, Any]]:
    measures = (("total", "bytes_sent + t.bytes_received", "bytes"), ("l4", "score", "score"))
    for dimension, column, measure in measures:
        where = "t.dimension = %s"
        for (pk, name, _), values in _series(until, "interface", column, where, [dimension]):
            about = {"interface_id": pk, "name": name, "address": None}
            yield row(values, until - STEP, kind="interface", measure=measure, **about)


def _of_hosts(until: datetime) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_BUSIEST, [until - timedelta(days=1), until, _MOST_HOSTS])
        keys = [key for (key,) in cursor.fetchall()]
    for column, measure in (("flows", "flows"), ("score", "score")):
        where, values_of = "t.dimension = 'host' AND t.key = ANY(%s)", [keys]
        for (pk, _, key), values in _series(until, "host", column, where, values_of):
            about = {"interface_id": pk, "name": key, "address": key.partition("@")[0]}
            yield row(values, until - STEP, kind="host", measure=measure, **about)


_BUSIEST: Final = """
    SELECT t.key FROM traffic_1h t
    WHERE t.dimension = 'host' AND t.bucket >= %s AND t.bucket < %s AND t.key IN (
        SELECT CASE WHEN vlan = 0 THEN host(address) ELSE host(address) || '@' || vlan END
        FROM monitoring_host WHERE is_local)
    GROUP BY t.key ORDER BY sum(t.bytes_sent + t.bytes_received) DESC LIMIT %s"""


def _series(
    until: datetime, kind: str, column: str, where: str, values: list[Any]
) -> Iterator[tuple[tuple[int, str, str], Numbers]]:
    """Yield ((interface, its name, key), points) of what has enough of them."""
    since = until - STEP * _PAST[kind]
    query = f"""
        SELECT i.id, i.name, CASE WHEN t.dimension = 'host' THEN t.key ELSE '' END,
               floor(extract(epoch FROM t.bucket) / %s)::bigint, sum(t.{column})::float8
        FROM traffic_1m t JOIN monitoring_interface i ON i.id = t.interface_id
        WHERE t.bucket >= %s AND t.bucket < %s AND {where}
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""  # noqa: S608 -- constants of this module
    with connection.cursor() as cursor:
        cursor.execute(query, [STEP.total_seconds(), since, until, *values])
        found = cursor.fetchall()
    end = int(until.timestamp() // STEP.total_seconds())
    yield from _filled(found, end)


def _filled(rows: Iterable[Any], end: int) -> Iterator[tuple[tuple[int, str, str], Numbers]]:
    """Yield each key's points from its first one until ``end``; what is not there is 0."""
    by_key: dict[tuple[int, str, str], dict[int, float]] = {}
    for pk, name, key, point, value in rows:
        by_key.setdefault((pk, name, key), {})[point] = value
    for key, points in by_key.items():
        span = range(min(points), end)
        if len(span) >= RECENT + _SETTLING:
            yield key, np.array([points.get(n, 0.0) for n in span])
