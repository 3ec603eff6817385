"""Adding the columns that checks see: pure functions of a table and a context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from capture_agent import schema
from monitoring.enrichment.addresses import countries
from monitoring.enrichment.context import Context
from monitoring.enrichment.networks import Words

DIRECTION = pl.Enum(["local", "local_to_remote", "remote_to_local", "remote"])
_ADDRESS: Final = ("text", "is_local", "pool", "country", "asn", "list")


def enrich_flows(table: pl.DataFrame, context: Context, interface: int) -> pl.DataFrame:
    """Return the flow frame with place, pool, country, AS, lists, rate and duration.

    ``client`` and ``server`` are the addresses as text: they are written once for all that follows.
    """
    roles = ("client", "server")
    added = [
        column.alias(role if column.name == "text" else f"{role}_{column.name}")
        for role, known in zip(roles, _known(table, roles, context), strict=True)
        for column in known.get_columns()
    ]
    names = _name_list(table, context)
    category = [_category(context)] if names.null_count() < table.height else []
    return table.with_columns(
        pl.lit(interface, pl.Int32).alias("interface_id"), *added, names
    ).with_columns(_direction(), _rate(), _duration(), *category)


def enrich_hosts(
    table: pl.DataFrame, context: Context, interface: int, scores: pl.DataFrame
) -> pl.DataFrame:
    """Return the host frame with place, text address, and ``scores``.

    These are (host_high, host_low, vlan, score), a row per host that has any.
    """
    (known,) = _known(table, ("host",), context)
    columns = known.drop("asn").rename({"text": "address"})
    macs = pl.col("mac").replace_strict(context.pool_of_mac, default=0, return_dtype=pl.Int32)
    return (
        table.with_columns(
            pl.lit(interface, pl.Int32).alias("interface_id"),
            *columns.get_columns(),
        )
        .with_columns(
            pl.when(macs > 0).then(macs).otherwise("pool").alias("pool")
            if context.pool_of_mac
            else pl.col("pool")
        )
        .join(scores, on=["host_high", "host_low", "vlan"], how="left", maintain_order="left")
        .with_columns(pl.col("score").fill_null(0).cast(pl.Int32))
    )


def enrich_interface(table: pl.DataFrame, interface: int, name: str) -> pl.DataFrame:
    """Return the interface frame with its interface's number and name."""
    return table.with_columns(
        pl.lit(interface, pl.Int32).alias("interface_id"), pl.lit(name).alias("name")
    )


def enrich_other(table: pl.DataFrame, interface: int) -> pl.DataFrame:
    """Return an application or L2 frame with its interface's number."""
    return table.with_columns(pl.lit(interface, pl.Int32).alias("interface_id"))


def _known(table: pl.DataFrame, roles: Sequence[str], context: Context) -> list[pl.DataFrame]:
    """Return for each role what is known of its address in every row; see _ADDRESS."""
    pairs: pl.DataFrame = pl.concat(
        [table.select(high=f"{role}_high", low=f"{role}_low") for role in roles]
    )
    known = _describe(pairs.unique(), context)
    rows = pairs.join(known, on=["high", "low"], how="left", maintain_order="left")
    described = rows.select(_ADDRESS)
    return [described.slice(at * table.height, table.height) for at in range(len(roles))]


def _describe(known: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return what is known of each different address, by ``high`` and ``low``."""
    high, low = known["high"].to_numpy(), known["low"].to_numpy()
    texts = schema.written(known["high"], known["low"])
    is_local = context.local.find(high, low) > 0
    remote = [None if local else text for text, local in zip(texts, is_local.tolist(), strict=True)]
    return known.with_columns(
        pl.Series("text", texts, dtype=pl.String),
        pl.Series("is_local", is_local, dtype=pl.Boolean),
        pl.Series("pool", context.pools.find(high, low), dtype=pl.Int32),
        countries(remote),
        _asns(context, remote),
        _lists(context, high, low),
    )


def _lists(context: Context, high: Words, low: Words) -> pl.Series:
    """Return the list that has each address."""
    labels = context.listed.find(high, low)
    if not labels.any():
        return pl.Series("list", dtype=pl.String).clear(len(labels))
    names = np.array([None, *context.list_names], dtype=object)
    return pl.Series("list", names[labels].tolist(), dtype=pl.String)


def _asns(context: Context, addresses: Sequence[str | None]) -> pl.Series:
    """Return the AS of each address, 0 where there is none to look up."""
    if context.asn is None:
        return pl.zeros(len(addresses), pl.UInt32, eager=True).alias("asn")
    found = [(context.asn.get(text) or {}) if text else {} for text in addresses]
    numbers = [int(one.get("autonomous_system_number", 0)) for one in found]
    return pl.Series("asn", numbers, dtype=pl.UInt32)


def _direction() -> pl.Expr:
    client, server = pl.col("client_is_local"), pl.col("server_is_local")
    return (
        pl.when(client & server)
        .then(pl.lit("local"))
        .when(client)
        .then(pl.lit("local_to_remote"))
        .when(server)
        .then(pl.lit("remote_to_local"))
        .otherwise(pl.lit("remote"))
        .cast(DIRECTION)
        .alias("direction")
    )


def _name_list(table: pl.DataFrame, context: Context) -> pl.Series:
    """Return the list that has the row's server name or a parent domain of it."""
    column = table["server_name"].alias("name_list")
    names = column.unique().drop_nulls() if context.listed_names else ()
    found = {n: listed for n in names if (listed := _listed(n, context.listed_names))}
    if not found:
        return column.clear(table.height)
    return column.replace_strict(found, default=None, return_dtype=pl.String)


def _category(context: Context) -> pl.Expr:
    """Return the category of the list that has the row's name, as ntopng does; else nDPI's."""
    names = pl.col("name_list")
    listed = names.replace_strict(context.list_categories, default=None, return_dtype=pl.String)
    return pl.coalesce(listed, "category").alias("category")


def _listed(name: str, domains: dict[str, str]) -> str | None:
    labels = name.lower().rstrip(".").split(".")
    return next(
        (found for i in range(len(labels)) if (found := domains.get(".".join(labels[i:])))), None
    )


def _seconds(since: str) -> pl.Expr:
    return (pl.col("last_seen") - pl.col(since)).dt.total_microseconds() / 1e6


def _rate() -> pl.Expr:
    moved = pl.col("bytes_to_server_delta") + pl.col("bytes_to_client_delta")
    return (moved * 8 / pl.max_horizontal(_seconds("interval_start"), 1.0)).alias("bits_per_second")


def _duration() -> pl.Expr:
    return _seconds("first_seen").alias("duration")
