"""Machines that come to the segment, or are missed. Source: ntopng; RFC 826, RFC 2131."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Family
from checks.kinds import LearnedCheck, spell
from checks.parameters import number


@dataclass(frozen=True)
class DeviceConnectionDisconnection(LearnedCheck):
    """Fires on a MAC address that is new, or denied, and on an allowed one that is missed.

    Missed is what the operator allowed and nobody has seen for ``absent`` seconds.
    """

    frame = "device"
    title = "Device/MAC Address Tracking"
    family = Family.INTERFACE
    category = Category.NETWORK
    score = 10
    attack = "T1200"
    needs = "ARP and DHCP, from an agent that captures packets"
    advice = "Telephones change their MAC address by design: allow their networks' VLAN elsewhere."

    learning: float = spell("Learning", 7_200)
    alarm: float = spell("Alarm", 3_600)
    absent: float = number("Missed after", 86_400, unit="seconds", minimum=600, maximum=31_536_000)

    def when(self) -> pl.Expr:
        """Look at what is new, denied or missed."""
        return super().when() | self._is_missed()

    def _is_missed(self) -> pl.Expr:
        return (pl.col("verdict") == "allowed") & (pl.col("absent") > self.absent)

    def message(self) -> pl.Expr:
        """Name the machine."""
        how = pl.when(self._is_missed()).then(pl.lit("missed")).otherwise(self.how())
        return pl.format("{} device: {} with address {}", how, "name", "address")

    def values(self) -> dict[str, pl.Expr]:
        """Add address, name and absence."""
        own = {name: pl.col(name) for name in ("mac", "address", "hostname")}
        return super().values() | own | {"absent": pl.col("absent").round(0)}

    def identity(self) -> pl.Expr:
        """Return the MAC address."""
        return pl.col("mac")
