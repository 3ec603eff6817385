"""Machines that ask by ARP who is there. ATT&CK T1018; our own, beyond ntopng's catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Check, Family, number


@dataclass(frozen=True)
class ArpScan(Check):
    """Fires when a machine asks by ARP for more than ``targets`` addresses within a minute."""

    frame = "arp_window"
    family = Family.HOST
    title = "ARP Scan"
    score = 50
    attack = "T1018"
    attacker = "host"
    cooldown = 300.0
    needs = "ARP, from an agent that captures packets"
    advice = "Routers ask for every host that somebody scans; monitoring systems do so by design."

    targets: float = number("Targets", 64, unit="addresses/min", minimum=2, maximum=65_535)

    def when(self) -> pl.Expr:
        """Compare the distinct targets."""
        return pl.col("targets") > self.targets

    def message(self) -> pl.Expr:
        """Name how many."""
        text = "{} ({}) asked for {} addresses by ARP within a minute"
        return pl.format(text, "address", "mac", "targets")

    def values(self) -> dict[str, pl.Expr]:
        """Return the number and its limit."""
        return {"targets": pl.col("targets"), "targets_limit": pl.lit(self.targets)}

    def identity(self) -> pl.Expr:
        """Return the MAC address: who scans may change the other."""
        return pl.format("{}|{}", "mac", "vlan")
