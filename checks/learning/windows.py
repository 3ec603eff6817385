"""From flow rows of some minutes to what hosts and pairs did in them. Pure.

A flow leaves several rows; its last one counts. Windows are five minutes of event time, so that a
capture that is replayed in seconds is seen as it was.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from checks.addresses import is_multicast, texts
from checks.conditions import is_application
from checks.derived import HOST_WINDOW, NAME_WINDOW, NETWORK_WINDOW, PAIR_WINDOW
from checks.learning.names import domains
from monitoring.enrichment.networks import Networks

SECONDS: Final = 300.0
_EVERY: Final = "5m"
#: Seconds within which a session counts as short.
_SHORT: Final = 20.0
_NXDOMAIN: Final = 3
_REMOTE: Final = ("RemoteAccess", "VPN", "FileSharing")
_FAILED: Final = ("S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR")
_HOST: Final = ("interface_id", "window_start", "vlan", "address")


def prepare(rows: pl.DataFrame) -> pl.DataFrame:
    """Return each flow's last row with both addresses as text, and its window and domain."""
    last = rows.sort("last_seen").unique("flow_id", keep="last", maintain_order=True)
    name = pl.when(pl.col("dns_query") != "").then("dns_query").otherwise("server_name")
    return last.with_columns(
        *(texts(last[f"{s}_high"], last[f"{s}_low"]).alias(s) for s in ("client", "server")),
        pl.col("last_seen").dt.truncate(_EVERY).alias("window_start"),
        (pl.col("last_seen") - pl.col("first_seen")).dt.total_microseconds().alias("lasted") / 1e6,
        name.alias("name"),
        is_multicast("server").alias("is_for_many"),
    ).with_columns(domains(last.select(name.alias("name"))["name"]).alias("domain"))


def host_windows(flows: pl.DataFrame) -> pl.DataFrame:
    """Return HOST_WINDOW of prepared flows: a row per local client and window."""
    mine = flows.filter("client_is_local").rename({"client": "address"})
    found = mine.group_by(_HOST).agg(
        pl.col("last_seen").max().alias("time"),
        pl.len().alias("flows"),
        *(_servers(name).alias(f"{name.lower()}_servers") for name in ("DNS", "NTP", "SMTP")),
        _distinct("server_country", pl.col("server_country") != "").alias("countries"),
        _distinct("domain", pl.col("domain").is_not_null()).alias("domains"),
        *_names(),
        _distinct(pl.struct("server", "server_port", "l4"), _has_failed()).alias("failed_targets"),
        *_remote_access(),
    )
    for name in ("DNS", "NTP", "SMTP"):
        served = flows.filter(is_application(name, f"{name}S") & ~pl.col("is_for_many"))
        known = served.select("interface_id", "vlan", pl.col("server").alias("address")).unique()
        known = known.with_columns(pl.lit(True).alias(f"is_{name.lower()}_server"))
        found = found.join(known, on=("interface_id", "vlan", "address"), how="left")
    return _typed(found, HOST_WINDOW)


def _servers(application: str) -> pl.Expr:
    """Return how many servers of an application answered; both names of mail count."""
    is_used = is_application(application, f"{application}S") & ~pl.col("is_for_many")
    return _distinct("server", is_used)


def _distinct(what: str | pl.Expr, where: pl.Expr) -> pl.Expr:
    expression = pl.col(what) if isinstance(what, str) else what
    return expression.filter(where).n_unique()


def _names() -> list[pl.Expr]:
    is_asked = (pl.col("dns_query") != "") & is_application("DNS")
    failed = is_asked & (pl.col("dns_rcode") == _NXDOMAIN)
    return [
        _distinct("dns_query", is_asked).alias("names_asked"),
        _distinct("dns_query", failed).alias("names_failed"),
    ]


def _has_failed() -> pl.Expr:
    """Return whether nobody was there: TCP by its state, UDP by silence once it is over."""
    silent = (pl.col("packets_to_client") == 0) & (pl.col("event") == "end")
    is_tcp = pl.col("connection_state").is_in(_FAILED)
    return (is_tcp | ((pl.col("l4") == 17) & silent)) & ~pl.col("is_for_many")


def _remote_access() -> list[pl.Expr]:
    is_open = pl.col("category").is_in(_REMOTE) & (pl.col("event") != "end")
    is_open &= ~(pl.col("client_is_local") & pl.col("server_is_local"))
    names = pl.col("application").filter(is_open).unique().sort().head(5)
    return [
        is_open.sum().alias("remote_access"),
        names.str.join(", ").alias("remote_access_applications"),
    ]


def pair_windows(flows: pl.DataFrame) -> pl.DataFrame:
    """Return PAIR_WINDOW of prepared flows: a row per client, server, port and window."""
    is_short = (pl.col("lasted") <= _SHORT) & (pl.col("event") == "end")
    is_real = (pl.col("payload_to_server") > 0) & (pl.col("payload_to_client") > 0)
    keys = ("interface_id", "window_start", "client", "server", "server_port", "l4", "vlan")
    found = flows.group_by(keys).agg(
        pl.col("last_seen").max().alias("time"),
        pl.col("client_is_local", "server_is_local", "application", "category").last(),
        pl.len().alias("flows"),
        (is_short & is_real).sum().alias("short_flows"),
        pl.col("bytes_to_server", "bytes_to_client").sum(),
    )
    return _typed(found.with_columns(_pair_name()), PAIR_WINDOW)


def _pair_name() -> pl.Expr:
    return pl.format("{} → {}", "client", "server").alias("name")


def name_windows(flows: pl.DataFrame) -> pl.DataFrame:
    """Return NAME_WINDOW of prepared flows: a row per client, registered domain and window."""
    asked = flows.filter(is_application("DNS") & (pl.col("dns_query") != ""))
    name = pl.col("dns_query").str.to_lowercase()
    beyond = name.str.len_chars().cast(pl.Int64) - pl.col("domain").str.len_chars() - 1
    named = asked.rename({"client": "address"}).with_columns(name.alias("asked"))
    found = named.group_by((*_HOST, "domain")).agg(
        pl.col("last_seen").max().alias("time"),
        pl.col("asked").n_unique().alias("names"),
        beyond.clip(lower_bound=0).mean().alias("name_length"),
        pl.len().alias("queries"),
        pl.col("bytes_to_server").sum().alias("bytes_sent"),
    )
    return _typed(found, NAME_WINDOW)


def network_windows(flows: pl.DataFrame, networks: Networks, names: list[str]) -> pl.DataFrame:
    """Return NETWORK_WINDOW: TCP of the flows that ended, by each local network that has an end."""
    ended = flows.filter((pl.col("l4") == 6) & (pl.col("event") == "end"))
    labels = dict(enumerate(names, 1))
    sides = []
    for role in ("client", "server"):
        label = networks.find(ended[f"{role}_high"].to_numpy(), ended[f"{role}_low"].to_numpy())
        sides.append(ended.with_columns(pl.Series("label", label)).filter(pl.col("label") > 0))
    both = pl.concat(sides).unique(("flow_id", "label"))
    found = both.group_by("interface_id", "window_start", "label").agg(
        pl.col("last_seen").max().alias("time"),
        *(
            (pl.col(f"{name}_to_server") + pl.col(f"{name}_to_client")).sum().alias(name)
            for name in ("packets", "retransmissions", "out_of_order")
        ),
    )
    named = pl.col("label").replace_strict(labels, default="", return_dtype=pl.String)
    return _typed(found.with_columns(named.alias("name")), NETWORK_WINDOW)


def _typed(found: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return the schema's columns; what is missing or null is nothing: 0, False, ""."""
    filled = found.with_columns(pl.lit(SECONDS).alias("window"))
    return filled.select(
        pl.col(name).cast(dtype).fill_null(_nothing(dtype)) for name, dtype in schema.items()
    )


def _nothing(dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        return pl.lit("")
    if dtype == pl.Boolean:
        return pl.lit(False)
    return pl.lit(None if isinstance(dtype, pl.Datetime) else 0, dtype=dtype)
