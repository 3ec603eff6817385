"""Adding the columns that checks see: pure functions of a table and a context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

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
    known = _known(table, ("client", "server"), context)
    added = [
        column.alias(role if column.name == "text" else f"{role}_{column.name}")
        for role in ("client", "server")
        for column in _columns_of(table, role, known).get_columns()
    ]
    return (
        table.with_columns(pl.lit(interface, pl.Int32).alias("interface_id"), *added)
        .with_columns(_direction(), _name_list(table, context), _rate(), _duration())
        .with_columns(_category(context))
    )


def enrich_hosts(
    table: pl.DataFrame, context: Context, interface: int, scores: pl.DataFrame
) -> pl.DataFrame:
    """Return the host frame with place, text address, and ``scores`` (address, vlan, score)."""
    known = _columns_of(table, "host", _known(table, ("host",), context))
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
        .join(scores, on=["address", "vlan"], how="left", maintain_order="left")
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


def _known(table: pl.DataFrame, roles: Sequence[str], context: Context) -> pl.DataFrame:
    """Return what is known of each different address of the roles, by ``high`` and ``low``."""
    pairs = [table.select(high=f"{role}_high", low=f"{role}_low") for role in roles]
    known = pl.concat(pairs).unique()
    high, low = known["high"].to_numpy(), known["low"].to_numpy()
    local = pl.Series("is_local", context.local.find(high, low) > 0, dtype=pl.Boolean)
    words = schema.texts(known["high"], known["low"])
    text = words.filter(~local)
    places = pl.DataFrame(
        {"country": countries(text), "asn": _asns(context, text)},
        schema={"country": pl.String, "asn": pl.UInt32},
    )
    at = (~local).cum_sum().cast(pl.Int64) - 1  # the remote addresses' places among themselves
    index = at.set(local, None)
    return known.with_columns(
        words.alias("text"),
        local,
        pl.Series("pool", context.pools.find(high, low), dtype=pl.Int32),
        places["country"].gather(index).fill_null("").alias("country"),
        places["asn"].gather(index).fill_null(0).alias("asn"),
        _lists(context, high, low),
    )


def _columns_of(table: pl.DataFrame, role: str, known: pl.DataFrame) -> pl.DataFrame:
    """Return is_local, pool, country, asn and list per row."""
    pairs = table.select(high=f"{role}_high", low=f"{role}_low")
    return pairs.join(known, on=["high", "low"], how="left", maintain_order="left").select(_ADDRESS)


def _lists(context: Context, high: Words, low: Words) -> pl.Series:
    labels = pl.Series("list", context.listed.find(high, low))
    numbers = range(1, len(context.list_names) + 1)
    names = dict(zip(numbers, context.list_names, strict=True))
    return labels.replace_strict(names, default=None, return_dtype=pl.String)


def _asns(context: Context, addresses: pl.Series) -> pl.Series:
    if context.asn is None:
        return pl.zeros(len(addresses), pl.UInt32, eager=True)
    found = [(context.asn.get(text) or {}) for text in addresses.to_list()]
    return pl.Series([int(f.get("autonomous_system_number", 0)) for f in found], dtype=pl.UInt32)


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
    names = table["server_name"].unique().drop_nulls()
    found = {n: listed for n in names if (listed := _listed(n, context.listed_names))}
    column = table["server_name"].alias("name_list")
    return column.replace_strict(found, default=None, return_dtype=pl.String)


def _category(context: Context) -> pl.Expr:
    """Return the category of the list that has the row's name, as ntopng does; else nDPI's."""
    names = pl.col("name_list")
    listed = names.replace_strict(context.list_categories, default=None, return_dtype=pl.String)
    return pl.coalesce(listed, "category").alias("category")


def _listed(name: str, domains: dict[str, str]) -> str | None:
    labels = name.lower().rstrip(".").split(".") if domains else []
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
