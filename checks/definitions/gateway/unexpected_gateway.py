"""Routers that the operator does not know. Source: ntopng; ATT&CK T1557."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.addresses import is_text_inside
from checks.base import Check, Family, number
from checks.parameters import addresses


@dataclass(frozen=True)
class UnexpectedGateway(Check):
    """Fires when a local host that is not in ``items`` carries the traffic of remote hosts.

    Its MAC address is that of packets from at least ``remote_hosts`` addresses outside.
    """

    frame = "gateway"
    family = Family.HOST
    title = "Unexpected Gateway"
    score = 100
    default_enabled = False
    attack = "T1557"
    attacker = "host"
    cooldown = 600.0
    needs = "packets with MAC addresses, captured in the hosts' own segment"

    items: tuple[str, ...] = addresses("Gateways", help="With none, every gateway is unexpected")
    remote_hosts: float = number("Remote hosts", 5, unit="hosts", minimum=1, maximum=65_535)

    def when(self) -> pl.Expr:
        """Compare the remote hosts."""
        return pl.col("remote_hosts") >= self.remote_hosts

    def refine(self) -> pl.Expr:
        """Leave out the known ones."""
        return ~is_text_inside("address", self.items)

    def message(self) -> pl.Expr:
        """Name the host."""
        text = "{} ({}) is a gateway for {} remote hosts"
        return pl.format(text, "address", "mac", "remote_hosts")

    def values(self) -> dict[str, pl.Expr]:
        """Return MAC address and remote hosts."""
        return {"mac": pl.col("mac"), "remote_hosts": pl.col("remote_hosts")}

    def identity(self) -> pl.Expr:
        """Return the host."""
        return pl.format("{}|{}", "address", "vlan")
