"""From ARP and DHCP rows to segments, devices, and who claims which address. Pure."""

from __future__ import annotations

from typing import Final

import polars as pl

from checks.addresses import texts
from checks.derived import ARP_WINDOW, SEGMENT
from monitoring.enrichment.addresses import macs
from monitoring.enrichment.networks import Networks

_IPV4: Final = 0xFFFF << 32
_MINUTE: Final = "1m"
#: Networks of ghosts that are named.
_SHOWN: Final = 5
#: DHCP messages of clients that ask: DISCOVER and REQUEST (RFC 2132, 9.6).
_ASKING: Final = (1, 3)
_ACK: Final = 5
_PLACE: Final = ("interface_id", "vlan")


def prepare(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with addresses and MAC addresses as text, and what they are."""
    is_arp = pl.col("event") != "dhcp"
    low = pl.col("sender_low")
    is_real = (pl.col("sender_high") == 0) & (low > _IPV4) & (low < _IPV4 + 0xE000_0000)
    return rows.with_columns(
        *(texts(rows[f"{s}_high"], rows[f"{s}_low"]).alias(s) for s in ("sender", "target")),
        texts(rows["dhcp_server_high"].fill_null(0), rows["dhcp_server_low"].fill_null(0)).alias(
            "dhcp_server"
        ),
        macs("sender_mac").alias("sender_text"),
        macs("target_mac").alias("target_text"),
        pl.col("time").dt.truncate(_MINUTE).alias("minute"),
        is_arp.alias("is_arp"),
        (is_arp & is_real).alias("has_address"),
    )


def devices(rows: pl.DataFrame) -> pl.DataFrame:
    """Return who spoke: (interface_id, vlan, mac, address, hostname, time, began)."""
    spoke = rows.filter((pl.col("sender_mac") > 0) & ~_is_group("sender_mac"))
    spoke = spoke.filter(pl.col("is_arp") | pl.col("dhcp_message").is_in(_ASKING))
    return spoke.group_by(*_PLACE, pl.col("sender_text").alias("mac"), maintain_order=True).agg(
        pl.col("sender").filter("has_address").last().fill_null("").alias("address"),
        pl.col("dhcp_hostname").drop_nulls().last().fill_null("").alias("hostname"),
        pl.col("time").max(),
        pl.col("time").min().alias("began"),
    )


def _is_group(column: str) -> pl.Expr:
    """Return whether a MAC address is multicast: the lowest bit of its first octet."""
    return pl.col(column) // (1 << 40) % 2 == 1


def claims(rows: pl.DataFrame) -> pl.DataFrame:
    """Return who claims which address: a row per address and MAC address, the latest last.

    (interface_id, vlan, address, mac, time, began, claims, unasked, by_dhcp)
    """
    spoke = rows.filter("has_address")
    asked = spoke.filter(pl.col("event") == "arp_request").group_by(
        *_PLACE, pl.col("target").alias("address"), pl.col("sender").alias("target")
    )
    answers = spoke.group_by(
        *_PLACE,
        pl.col("sender").alias("address"),
        pl.col("sender_text").alias("mac"),
        "target",
    ).agg(
        pl.col("time").max(),
        pl.col("time").min().alias("began"),
        pl.len().cast(pl.Int64).alias("claims"),
        (pl.col("event") != "arp_request").sum().cast(pl.Int64).alias("answers"),
    )
    known = answers.join(
        asked.agg(pl.len().cast(pl.Int64).alias("asked")),
        on=(*_PLACE, "address", "target"),
        how="left",
    )
    unasked = (pl.col("answers") - pl.col("asked").fill_null(0)).clip(lower_bound=0)
    found = known.group_by(*_PLACE, "address", "mac").agg(
        pl.col("time").max(),
        pl.col("began").min(),
        pl.col("claims").sum(),
        unasked.sum().alias("unasked"),
    )
    given = rows.filter(pl.col("dhcp_message") == _ACK)
    leases = (
        given.select(*_PLACE, pl.col("target").alias("address"), pl.col("target_text").alias("mac"))
        .unique()
        .with_columns(pl.lit(True).alias("by_dhcp"))
    )
    joined = found.join(leases, on=(*_PLACE, "address", "mac"), how="left")
    return joined.with_columns(pl.col("by_dhcp").fill_null(False)).sort("time")


def with_owners(told: pl.DataFrame) -> pl.DataFrame:
    """Return claims with ``previous_mac``, the owner, and how often he claimed it meanwhile.

    ``learned_value`` is the owner as remembered; where none is, the first that claims it owns it.
    """
    place = ["interface_id", "vlan", "address"]
    learned, first = pl.col("learned_value"), pl.col("mac").first().over(place)
    owner = pl.when(learned != "").then(learned).otherwise(first)
    found = told.sort("began", "time", maintain_order=True).with_columns(
        owner.alias("previous_mac")
    )
    by_owner = pl.col("claims").filter(pl.col("mac") == pl.col("previous_mac")).sum()
    return found.with_columns(by_owner.over(place).alias("previous_claims"))


def segments(rows: pl.DataFrame, local: Networks) -> pl.DataFrame:
    """Return SEGMENT: a row per interface, VLAN and minute."""
    real = pl.col("sender_low").filter("has_address")
    is_asking = pl.col("dhcp_message").is_in(_ASKING)
    inside = local.find(rows["sender_high"].to_numpy(), rows["sender_low"].to_numpy()) > 0
    link_local = pl.col("sender").str.starts_with("169.254.")
    foreign = pl.col("has_address") & ~pl.col("is_local") & ~link_local
    network = pl.col("sender").str.replace(r"\.[0-9]+$", ".0/24").filter(foreign)
    found = (
        rows.with_columns(pl.Series("is_local", inside, dtype=pl.Boolean))
        .group_by(*_PLACE, "minute")
        .agg(
            pl.col("time").max(),
            pl.col("sender").filter("has_address").sort_by(real).first().alias("first_address"),
            pl.col("sender").filter("has_address").sort_by(real).last().alias("last_address"),
            (real.max() - real.min() + 1).alias("span"),
            network.n_unique().alias("foreign_networks"),
            network.unique().sort().head(_SHOWN).str.join(", ").alias("foreign"),
            is_asking.sum().alias("dhcp_requests"),
            pl.col("sender_mac").filter(is_asking).n_unique().alias("dhcp_clients"),
            pl.col("dhcp_server")
            .filter(pl.col("dhcp_message") == _ACK)
            .unique()
            .sort()
            .str.join(", ")
            .alias("dhcp_servers"),
        )
        .with_columns(
            pl.format("VLAN {} of interface {}", "vlan", "interface_id").alias("name"),
            pl.lit(60.0).alias("window"),
        )
    )
    words = ("first_address", "last_address", "foreign", "dhcp_servers")
    filled = found.with_columns(pl.col(words).fill_null(""), pl.col("span").fill_null(0))
    return filled.select(pl.col(name).cast(dtype) for name, dtype in SEGMENT.items())


def arp_windows(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ARP_WINDOW: a row per sender of ARP requests and minute."""
    asked = rows.filter(pl.col("event") == "arp_request")
    keys = (
        *_PLACE,
        "minute",
        pl.col("sender").alias("address"),
        pl.col("sender_text").alias("mac"),
    )
    found = asked.group_by(keys).agg(
        pl.col("time").max(),
        pl.col("target").n_unique().alias("targets"),
        pl.len().alias("requests"),
        pl.lit(60.0).alias("window"),
    )
    return found.select(pl.col(name).cast(dtype) for name, dtype in ARP_WINDOW.items())
