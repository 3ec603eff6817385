"""IPv4 addresses that change hands, or that two machines claim. RFC 826; ATT&CK T1557.002."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Check, Family, number


@dataclass(frozen=True)
class BindingCheck(Check):
    """A check of an address and who claims it; two findings are the same when the address is."""

    frame = "binding"
    family = Family.NETWORK
    score = 100
    attack = "T1557.002"
    attacker = "host"
    cooldown = 300.0
    needs = "ARP, from an agent that captures packets"

    def _has_moved(self) -> pl.Expr:
        previous = pl.col("previous_mac")
        return (previous != "") & (previous != pl.col("mac")) & ~pl.col("by_dhcp")

    def values(self) -> dict[str, pl.Expr]:
        """Return both MAC addresses and their claims."""
        columns = ("mac", "previous_mac", "claims", "unasked", "previous_claims")
        return {name: pl.col(name) for name in columns}

    def identity(self) -> pl.Expr:
        """Return the address."""
        return pl.format("{}|{}", "address", "vlan")


@dataclass(frozen=True)
class IpReassignment(BindingCheck):
    """Fires when an IPv4 address is claimed by another MAC address than before.

    What a DHCP server has just given away is left out.
    """

    key = "ip_reassignment"
    title = "IP/MAC Reassoc/Spoofing"
    category = Category.NETWORK
    default_enabled = False
    advice = "Routers that fail over (VRRP, HSRP, CARP) and replaced machines."

    def when(self) -> pl.Expr:
        """Look at addresses that moved."""
        return self._has_moved()

    def message(self) -> pl.Expr:
        """Name address and both MAC addresses."""
        return pl.format("{} moved from {} to {}", "address", "previous_mac", "mac")


@dataclass(frozen=True)
class ArpSpoofing(BindingCheck):
    """Fires when a machine keeps claiming an address that is another's, unasked.

    At least ``unasked`` ARP answers within five minutes that nobody asked for: who poisons caches
    must repeat himself, or the true owner's answer would win.
    """

    key = "arp_spoofing"
    title = "ARP Spoofing"
    score = 200
    advice = "Routers that fail over announce themselves a few times: raise the number."

    unasked: float = number("Answers unasked", 5, unit="packets", minimum=1, maximum=10_000)

    def when(self) -> pl.Expr:
        """Compare the claims that nobody asked for."""
        return self._has_moved() & (pl.col("unasked") >= self.unasked)

    def message(self) -> pl.Expr:
        """Name who claims what."""
        text = "{} claims {}, which is {}'s, in {} answers that nobody asked for"
        return pl.format(text, "mac", "address", "previous_mac", "unasked")


CHECKS = (IpReassignment, ArpSpoofing)
