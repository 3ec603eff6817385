"""From flow rows to what can be learned: services, ports, destinations; and routers. Pure."""

from __future__ import annotations

from typing import Final

import polars as pl

from checks.derived import CONTACT, GATEWAY
from monitoring.enrichment.addresses import macs

#: Columns of CONTACT that memory adds later.
LEARNED: Final = ("learned_after", "known_for", "verdict")
_KEYS: Final = {
    "service": ("client", "server", "application"),
    "port": ("server", "l4", "server_port"),
    "destination": ("domain",),
}


def contacts(flows: pl.DataFrame) -> pl.DataFrame:
    """Return CONTACT without what was learned, and ``key``, of flows that ``windows`` prepared.

    Only flows that were answered, so that a scan teaches nothing.
    """
    master = pl.col("application").str.split(".").list.first().alias("application")
    spoken = flows.filter(
        (pl.col("packets_to_client") > 0)
        & (pl.col("packets_to_server") > 0)
        & ~pl.col("is_for_many")
        & ((pl.col("l4") != 6) | (pl.col("payload_to_client") > 0))
    ).with_columns(master, pl.coalesce("domain", "server").alias("domain"))
    inside, outside = pl.col("server_is_local"), ~pl.col("server_is_local")
    is_named = pl.col("application") != "DNS"  # a question names another than whom it goes to
    has_port = pl.col("l4").is_in([6, 17]) & (pl.col("server_port") > 0)
    chosen = {
        "service": pl.col("client_is_local") & inside,
        "port": inside & has_port,
        "destination": pl.col("client_is_local") & outside & is_named,
    }
    return pl.concat([_of(kind, spoken.filter(where)) for kind, where in chosen.items()])


def _of(kind: str, flows: pl.DataFrame) -> pl.DataFrame:
    keys = _KEYS[kind]
    told = ("client", "server", "application", "domain", "server_port", "l4", "server_country")
    found = flows.group_by("interface_id", "vlan", *keys, maintain_order=True).agg(
        pl.col("last_seen").max().alias("time"),
        pl.col("first_seen").min().alias("began"),
        pl.col("client_is_local", "server_is_local").last(),
        pl.col([name for name in told if name not in keys]).last(),
        pl.len().alias("flows"),
    )
    words = pl.format("|".join(["{}"] * (len(keys) + 1)), *keys, "vlan")
    return found.with_columns(
        pl.lit(kind).alias("kind"),
        words.alias("key"),
        _in_words(kind).alias("name"),
        pl.col("server_country").alias("country"),
    ).select(
        *(pl.col(name).cast(dtype) for name, dtype in CONTACT.items() if name not in LEARNED),
        "key",
        "began",
    )


def _in_words(kind: str) -> pl.Expr:
    if kind == "service":
        return pl.format("{} → {} {}", "client", "server", "application")
    if kind == "port":
        l4 = pl.col("l4").replace_strict({6: "TCP", 17: "UDP"}, default="")
        return pl.format("{} {} {} ({})", "server", l4, "server_port", "application")
    return pl.col("domain")


def gateways(flows: pl.DataFrame) -> pl.DataFrame:
    """Return GATEWAY: local hosts whose MAC address is that of packets from and to outside."""
    sides = [
        flows.select(
            "interface_id",
            "vlan",
            pl.col("last_seen").alias("time"),
            pl.col(side).alias("address"),
            pl.col(f"{side}_mac").alias("number"),
            pl.col(f"{side}_is_local").alias("is_local"),
        )
        for side in ("client", "server")
    ]
    ends = pl.concat(sides).filter((pl.col("number") > 0) & (pl.col("number") < (1 << 48) - 1))
    place = ("interface_id", "vlan", "number")
    far = ends.filter(~pl.col("is_local")).group_by(place)
    far_of = far.agg(pl.col("address").n_unique().alias("remote_hosts"))
    near = ends.filter("is_local").group_by(*place, "address").agg(pl.col("time").max())
    found = near.join(far_of, on=place).with_columns(macs("number").alias("mac"))
    return found.select(pl.col(name).cast(dtype) for name, dtype in GATEWAY.items())
