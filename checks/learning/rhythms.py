"""Which flows come at even intervals, from the flows of the last hour that are stored.

The measures are those of :mod:`checks.definitions.rhythm`: medians of the intervals between the
beginnings of a pair's flows. Only what is nearly even is remembered, with its period.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from django.db import connection

from checks.addresses import MULTICAST, is_text_inside
from checks.derived import RHYTHM
from checks.learning import memory
from monitoring.history.seen_flow import DIRECTIONS

LOOK_BACK: Final = timedelta(hours=1)
#: Fewer flows than this show no rhythm, more are no beacon.
FEWEST, MOST = 6, 3_600
#: A spread up to which a rhythm is remembered.
NEARLY_EVEN: Final = 0.3
#: Grouped by addresses as they are and sorted later: by their texts it takes twice as long.
_QUERY: Final = """
    WITH pair AS (
        SELECT interface_id, client, server, vlan, server_port, l4, application_id,
               max(time) AS time, array_agg(extract(epoch FROM first_seen)::float8) AS starts,
               array_agg(bytes_to_server::float8) AS sizes
        FROM flow
        WHERE time >= %s AND time < %s AND event = 3 AND direction = %s
        GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING count(*) BETWEEN %s AND %s)
    SELECT p.interface_id, host(p.client), host(p.server), p.vlan, p.server_port, p.l4, a.name,
           p.time, p.starts, p.sizes
    FROM pair p JOIN monitoring_application a ON a.id = p.application_id"""
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "interface_id": pl.Int32,
    "client": pl.String,
    "server": pl.String,
    "vlan": pl.UInt16,
    "server_port": pl.Int32,
    "l4": pl.UInt8,
    "application": pl.String,
    "time": pl.Datetime("us", "UTC"),
    "starts": pl.List(pl.Float64()),  # seconds
    "sizes": pl.List(pl.Float64()),  # bytes sent
}
#: What :func:`rhythms` measures.
STARTS: Final = pl.Schema(_COLUMNS)


def look(now: datetime) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the frame ``rhythm`` of the last hour, with what was learned of each pair."""
    outward = DIRECTIONS.index("local_to_remote")
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, [now - LOOK_BACK, now, outward, FEWEST, MOST])
        rows: list[Any] = cursor.fetchall()
    yield "rhythm", learned(rhythms(pl.DataFrame(rows, schema=STARTS, orient="row")))


def rhythms(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return RHYTHM without what was learned, with ``began`` and ``key``, of STARTS. Pure.

    What is sent to many, as an announcement over mDNS, goes to no server and is left out.
    """
    pairs = pairs.with_columns(pl.col("starts").list.sort())
    gaps = pl.col("starts").list.diff(null_behavior="drop")
    measured = pairs.with_columns(gaps.alias("gaps"), pl.col("starts").list.len().alias("flows"))
    is_for_many = is_text_inside("server", MULTICAST)
    measured = measured.filter((pl.col("flows") >= FEWEST) & ~is_for_many).with_columns(
        pl.col("gaps").list.median().alias("period"),
        _quartile("gaps", 0.25).alias("low"),
        _quartile("gaps", 0.75).alias("high"),
    )
    middle, low, high = pl.col("period"), pl.col("low"), pl.col("high")
    skew = pl.when(high > low).then((low + high - 2 * middle) / (high - low)).otherwise(0.0)
    pair = ("client", "server", "server_port", "l4", "vlan")
    return measured.with_columns(
        _spread("gaps").alias("spread"),
        _spread("sizes").alias("bytes_spread"),
        skew.alias("skew"),
        pl.lit(True).alias("client_is_local"),
        pl.lit(False).alias("server_is_local"),
        pl.format("{} → {}:{}", "client", "server", "server_port").alias("name"),
        pl.format("|".join(["{}"] * len(pair)), *pair).alias("key"),
        pl.from_epoch(pl.col("starts").list.first().cast(pl.Int64), "s")
        .dt.replace_time_zone("UTC")
        .alias("began"),
    )


def _quartile(column: str, share: float) -> pl.Expr:
    return pl.col(column).list.eval(pl.element().quantile(share, "linear")).list.first()


def _spread(column: str) -> pl.Expr:
    """Return the median absolute deviation over the median; 1 where the median is 0."""
    distances = (pl.element() - pl.element().median()).abs().median()
    deviation = pl.col(column).list.eval(distances).list.first()
    middle = pl.col(column).list.median()
    return pl.when(middle > 0).then(deviation / middle).otherwise(1.0)


def learned(measured: pl.DataFrame) -> pl.DataFrame:
    """Return RHYTHM with what was learned, and remember what is nearly even."""
    is_even = (pl.col("spread") <= NEARLY_EVEN) & (pl.col("period") > 0)
    even = measured.filter(is_even).with_columns(
        pl.col("period").round(1).cast(pl.String).alias("said_period")
    )
    told = memory.learn("rhythm", even, "said_period").with_columns(
        pl.col("learned_value").cast(pl.Float64, strict=False).fill_null(0).alias("learned_period")
    )
    return told.select(pl.col(name).cast(dtype) for name, dtype in RHYTHM.items())
