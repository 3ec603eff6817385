"""Local hosts where none should be. Source: ntopng's events of these names."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.addresses import SPECIAL, inside, is_multicast
from checks.base import Category, HostCheck
from checks.parameters import addresses


@dataclass(frozen=True)
class LocalHostBlacklisted(HostCheck):
    """Fires when a local host's own address stands on a blacklist."""

    key = "local_host_blacklisted"
    title = "Local Host Blacklisted"
    score = 100
    attack = "T1584"
    cooldown = 3600.0
    advice = "Lists of whole networks may hold private addresses: see which list it is."

    def when(self) -> pl.Expr:
        """Look at local hosts."""
        return pl.col("is_local") & pl.col("list").is_not_null()

    def message(self) -> pl.Expr:
        """Name the list."""
        return pl.format("The local host {} is listed by {}", "address", "list")

    def values(self) -> dict[str, pl.Expr]:
        """Return the list."""
        return {"list": pl.col("list")}


@dataclass(frozen=True)
class OutsideDhcpRange(HostCheck):
    """Fires when a local host sends from an address outside ``ranges``; with none, never."""

    key = "ip_outside_dhcp_range"
    title = "IP Outside DHCP Range"
    category = Category.NETWORK
    score = 50
    default_enabled = False
    attack = "T1016"
    cooldown = 3600.0
    needs = "the ranges that your DHCP servers give out"
    advice = "Add the networks of servers and of other machines with fixed addresses."

    ranges: tuple[str, ...] = addresses("DHCP ranges", help="Also of what has fixed addresses")

    def when(self) -> pl.Expr:
        """Leave out what is nobody's address, and hosts that only received."""
        if not self.ranges:
            return pl.lit(False)
        is_real = ~(inside("host", SPECIAL) | is_multicast("host"))
        is_speaking = pl.col("packets_sent") > 0
        return pl.col("is_local") & is_speaking & is_real & ~inside("host", self.ranges)

    def message(self) -> pl.Expr:
        """Name the address."""
        return pl.format("{} is outside the DHCP ranges", "address")

    def values(self) -> dict[str, pl.Expr]:
        """Return address and MAC."""
        return {"address": pl.col("address"), "mac": pl.col("mac")}


CHECKS = (LocalHostBlacklisted, OutsideDhcpRange)
