"""Sums over time: each batch leaves its partial sums, one writer folds them into the roll-ups.

A batch appends one row to ``traffic_part``. The compactor, alone under an advisory lock, takes
parts, adds them to every resolution and deletes them, in one transaction: exactly once, whenever
the rows' own time was. So no two writers ever touch the same sum.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any, Final

import polars as pl
from django.db import connection, transaction

from monitoring import storage
from monitoring.ingest.store import copy
from monitoring.protocols import L4_NAMES
from monitoring.storage.tables import TRAFFIC

SUMS: Final = (
    *("bytes_sent", "bytes_received", "packets_sent", "packets_received"),
    *("flows", "score", "alerts"),
)
KEY: Final = ("bucket", "interface_id", "dimension", "key")
#: Remote hosts, peers, ports and countries with a line of their own per bucket and batch; the rest
#: is OTHER.
MOST: Final = 200
OTHER: Final = "other"
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtext('ntopweb.rollup'))"
#: Parts folded in one transaction.
_AT_ONCE: Final = 500


def parts_of_flows(table: pl.DataFrame, scores: pl.Series) -> pl.DataFrame:
    """Return the sums by protocol, country, peers and server port of an enriched flow frame.

    It carries ``client`` and ``server`` as text, too; the key of peers is both, a space between.
    """
    country = pl.when(pl.col("client_is_local")).then("server_country").otherwise("client_country")
    moved = table.select(
        pl.col("last_seen").dt.truncate("10s").alias("bucket"),
        *("interface_id", "client", "server", "server_port", "l4"),
        country.alias("country"),
        pl.col("bytes_to_server_delta").cast(pl.Int64).alias("bytes_sent"),
        pl.col("bytes_to_client_delta").cast(pl.Int64).alias("bytes_received"),
        pl.col("packets_to_server_delta").cast(pl.Int64).alias("packets_sent"),
        pl.col("packets_to_client_delta").cast(pl.Int64).alias("packets_received"),
        (pl.col("event") == "end").cast(pl.Int64).alias("flows"),
        scores.cast(pl.Int64).alias("score"),
        pl.lit(0, pl.Int64).alias("alerts"),
    )
    return pl.concat([_bounded(_by(moved, name)) for name in _KEYS_OF_FLOWS])


#: What flows are summed by: the columns that are a key, and how they are written as one.
_KEYS_OF_FLOWS: Final[dict[str, tuple[tuple[str, ...], pl.Expr]]] = {
    "l4": (("l4",), pl.col("l4").replace_strict(L4_NAMES, default="other", return_dtype=pl.String)),
    "country": (("country",), pl.col("country")),
    "peers": (("client", "server"), pl.format("{} {}", "client", "server")),
    "server_port": (("server_port", "l4"), pl.format("{}/{}", "server_port", "l4")),
}


def _by(moved: pl.DataFrame, dimension: str) -> pl.DataFrame:
    """Return the sums by one dimension; keys are written once a group."""
    columns, key = _KEYS_OF_FLOWS[dimension]
    groups = moved.group_by("bucket", "interface_id", *columns).agg(pl.col(SUMS).sum())
    dimensions = pl.lit(dimension).alias("dimension")
    return groups.select("bucket", "interface_id", dimensions, key.alias("key"), *SUMS)


def parts_of_hosts(table: pl.DataFrame) -> pl.DataFrame:
    """Return the sums by host of an enriched host frame: all local ones, the greatest remote."""
    address = (
        pl.when(pl.col("vlan") == 0)
        .then("address")
        .otherwise(pl.format("{}@{}", "address", "vlan"))
    )
    rows = table.with_columns(
        pl.col("time").dt.truncate("10s").alias("bucket"),
        (pl.col("new_flows") + pl.col("new_flows_received")).alias("flows"),
        pl.lit(0).alias("alerts"),
    )
    local = _sum(rows.filter("is_local"), "host", address)
    return pl.concat([local, _bounded(_sum(rows.filter(~pl.col("is_local")), "host", address))])


def parts_of_interface(table: pl.DataFrame) -> pl.DataFrame:
    """Return the totals of an interface frame."""
    rows = table.with_columns(
        pl.col("time").dt.truncate("10s").alias("bucket"),
        pl.col("bytes").alias("bytes_sent"),
        pl.col("packets").alias("packets_sent"),
        pl.col("new_flows").alias("flows"),
        *(pl.lit(0).alias(n) for n in ("bytes_received", "packets_received", "score", "alerts")),
    )
    return _sum(rows, "total", pl.lit(""))


def parts_of_applications(table: pl.DataFrame) -> pl.DataFrame:
    """Return the sums by application and by category of an application frame."""
    rows = table.with_columns(
        pl.col("time").dt.truncate("10s").alias("bucket"),
        pl.col("bytes_to_server").alias("bytes_sent"),
        pl.col("bytes_to_client").alias("bytes_received"),
        pl.col("packets_to_server").alias("packets_sent"),
        pl.col("packets_to_client").alias("packets_received"),
        pl.col("new_flows").alias("flows"),
        *(pl.lit(0).alias(n) for n in ("score", "alerts")),
    )
    names = ("application", "category")
    return pl.concat([_sum(rows, name, pl.col(name)) for name in names])


def _sum(rows: pl.DataFrame, dimension: str, key: pl.Expr) -> pl.DataFrame:
    keyed = rows.with_columns(key.alias("key"), pl.lit(dimension).alias("dimension"))
    return keyed.group_by(KEY).agg(pl.col(SUMS).cast(pl.Int64).sum()).select(*KEY, *SUMS)


def _bounded(sums: pl.DataFrame) -> pl.DataFrame:
    """Keep the greatest keys of each bucket, and the sum of the others as one."""
    if sums.height <= MOST:
        return sums
    size = pl.col("bytes_sent") + pl.col("bytes_received")
    rank = size.rank("ordinal", descending=True).over("bucket", "interface_id", "dimension")
    small = rank > MOST
    folded = sums.with_columns(pl.when(small).then(pl.lit(OTHER)).otherwise("key").alias("key"))
    return folded.group_by(KEY).agg(pl.col(SUMS).sum()).select(*KEY, *SUMS)


def append(cursor: Any, parts: pl.DataFrame) -> None:
    """Leave a batch's sums for the compactor, in the caller's transaction."""
    if parts.height:
        arrow = io.BytesIO()
        parts.write_ipc_stream(arrow, compression="zstd")
        cursor.execute("INSERT INTO traffic_part (arrow) VALUES (%s)", [arrow.getvalue()])


def compact() -> int:
    """Fold the parts that wait; return how many. 0 also when another one is at it."""
    folded = 0
    while taken := _fold():
        folded += taken
    return folded


def _fold() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, arrow FROM traffic_part ORDER BY id LIMIT %s", [_AT_ONCE])
        waiting = {part: _table(bytes(arrow)) for part, arrow in cursor.fetchall()}
    if not waiting:
        return 0
    _prepare(pl.concat(waiting.values()))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("DELETE FROM traffic_part WHERE id = ANY(%s) RETURNING id", [list(waiting)])
        taken = [waiting[part] for (part,) in cursor.fetchall()]  # not what another one folded
        for name in TRAFFIC if taken else ():
            _upsert(cursor, name, pl.concat(taken))
    return len(taken)


def _table(arrow: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(io.BytesIO(arrow))


def _prepare(parts: pl.DataFrame) -> None:
    """See to the partitions first: making one must not wait on rows."""
    moments: list[datetime] = parts["bucket"].dt.truncate("1h").unique().to_list()
    way = storage.backend(connection)
    for table in TRAFFIC.values():
        way.ensure(connection, table, moments)


def _upsert(cursor: Any, resolution: str, parts: pl.DataFrame) -> None:
    """Add the parts to one resolution's sums, keys sorted."""
    span = pl.col("bucket").dt.truncate(resolution)
    sums = parts.with_columns(span).group_by(KEY).agg(pl.col(SUMS).sum()).sort(KEY)
    table = f"traffic_{resolution}"
    cursor.execute(f"CREATE TEMP TABLE fold (LIKE {table}) ON COMMIT DROP")
    copy(cursor, "fold", sums.with_columns(pl.col("key").str.replace_all("\0", "", literal=True)))
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in SUMS)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join((*KEY, *SUMS))}) SELECT {', '.join((*KEY, *SUMS))}"
        f" FROM fold ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {added}"
    )
    cursor.execute("DROP TABLE fold")
