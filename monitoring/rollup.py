"""The partial sums of a batch, one row of ``traffic_part``, until they are folded.

:mod:`monitoring.compaction` does that: no two writers ever touch the same sum.
"""

from __future__ import annotations

import io
from typing import Any, Final

import polars as pl

from monitoring.cardinality import KEY, LONGEST, SUMS, bound
from monitoring.protocols import L4_NAMES

#: Remote hosts, peers, ports, countries and applications with a line of their own per step and
#: batch; local hosts; the rest is OTHER.
MOST: Final = 200
MOST_LOCAL: Final = 10_000
#: Local hosts and the others, each with their bound.
_HOSTS: Final = ((pl.col("is_local"), MOST_LOCAL), (~pl.col("is_local"), MOST))


def parts_of_flows(table: pl.DataFrame, scores: pl.Series) -> pl.DataFrame:
    """Return the sums by protocol, country, peers and server port of an enriched flow frame.

    What a flow scored is told once, when it ends, and then by host as well. The frame carries
    ``client`` and ``server`` as text, too; the key of peers is both, a space between.
    """
    country = pl.when(pl.col("client_is_local")).then("server_country").otherwise("client_country")
    is_over = pl.col("event") == "end"
    moved = table.select(
        pl.col("last_seen").dt.truncate("10s").alias("bucket"),
        *("interface_id", "client", "server", "server_port", "l4", "vlan"),
        *("client_is_local", "server_is_local"),
        country.alias("country"),
        pl.col("bytes_to_server_delta").cast(pl.Int64).alias("bytes_sent"),
        pl.col("bytes_to_client_delta").cast(pl.Int64).alias("bytes_received"),
        pl.col("packets_to_server_delta").cast(pl.Int64).alias("packets_sent"),
        pl.col("packets_to_client_delta").cast(pl.Int64).alias("packets_received"),
        is_over.cast(pl.Int64).alias("flows"),
        pl.when(is_over).then(scores.cast(pl.Int64)).otherwise(0).alias("score"),
        pl.lit(0, pl.Int64).alias("alerts"),
    )
    sums = [bound(_by(moved, name), MOST) for name in _KEYS_OF_FLOWS]
    return pl.concat([*sums, *_scores_of_hosts(moved.filter(pl.col("score") > 0))])


def _scores_of_hosts(scored: pl.DataFrame) -> list[pl.DataFrame]:
    """Return what the flows scored by either end; all else of a host comes by its own frame."""
    if scored.is_empty():
        return []
    host = ("bucket", "interface_id", "vlan", "address", "is_local")
    ends = [
        scored.select(
            *("bucket", "interface_id", "vlan", "score"),
            pl.col(end).alias("address"),
            pl.col(f"{end}_is_local").alias("is_local"),
        )
        for end in ("client", "server")
    ]
    scores = pl.concat(ends).group_by(host).agg(pl.col("score").sum())
    told = {name: pl.lit(0, pl.Int64) for name in SUMS} | {"score": pl.col("score")}
    sums = scores.select(
        *("bucket", "interface_id", "is_local"),
        pl.lit("host").alias("dimension"),
        _address().alias("key"),
        **told,
    )
    return [bound(sums.filter(which).select(*KEY, *SUMS), most) for which, most in _HOSTS]


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
    """Return the sums by host of an enriched host frame: the greatest local and remote ones.

    The score of the frame's rows is what the host has just now, and no sum.
    """
    rows = table.with_columns(
        pl.col("time").dt.truncate("10s").alias("bucket"),
        (pl.col("new_flows") + pl.col("new_flows_received")).alias("flows"),
        *(pl.lit(0).alias(name) for name in ("score", "alerts")),
    )
    return pl.concat(
        bound(_sum(rows.filter(which), "host", _address()), most) for which, most in _HOSTS
    )


def _address() -> pl.Expr:
    """Return a host's key: its address, with its VLAN where it has one."""
    tagged = pl.format("{}@{}", "address", "vlan")
    return pl.when(pl.col("vlan") == 0).then("address").otherwise(tagged)


def parts_of_interface(table: pl.DataFrame) -> pl.DataFrame:
    """Return the totals of an interface frame."""
    rows = table.with_columns(
        pl.col("time").dt.truncate("10s").alias("bucket"),
        pl.col("bytes").alias("bytes_sent"),
        pl.col("packets").alias("packets_sent"),
        pl.col("new_flows").alias("flows"),
        *(pl.lit(0).alias(n) for n in ("bytes_received", "packets_received", "score", "alerts")),
    )
    return bound(_sum(rows, "total", pl.lit("")), MOST)


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
    return pl.concat([bound(_sum(rows, name, pl.col(name)), MOST) for name in names])


def _sum(rows: pl.DataFrame, dimension: str, key: pl.Expr) -> pl.DataFrame:
    short = key.str.slice(0, LONGEST).str.replace_all("\0", "", literal=True)
    keyed = rows.with_columns(short.alias("key"), pl.lit(dimension).alias("dimension"))
    return keyed.group_by(KEY).agg(pl.col(SUMS).cast(pl.Int64).sum()).select(*KEY, *SUMS)


def append(cursor: Any, parts: pl.DataFrame) -> None:
    """Leave a batch's sums for the compactor, in the caller's transaction."""
    if parts.height:
        arrow = io.BytesIO()
        parts.write_ipc_stream(arrow, compression="zstd")
        cursor.execute("INSERT INTO traffic_part (arrow) VALUES (%s)", [arrow.getvalue()])
