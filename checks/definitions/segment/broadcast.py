"""Segments that are too large, carry foreign networks, or drown in DHCP. Source: ntopng."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, number
from checks.kinds import SegmentCheck


@dataclass(frozen=True)
class BroadcastDomainTooLarge(SegmentCheck):
    """Fires when the senders of ARP in a segment span more than a network of ``prefix`` bits.

    The span is that from the lowest address to the highest.
    """

    key = "broadcast_domain_too_large"
    title = "Broadcast Domain Too Large"
    category = Category.NETWORK
    attack = "T1016"
    advice = "Several networks on one wire look alike: give each its VLAN."

    prefix: float = number("Prefix", 16, unit="bits", minimum=1, maximum=32, is_integer=True)

    def when(self) -> pl.Expr:
        """Compare the span."""
        return pl.col("span") > self._limit

    def message(self) -> pl.Expr:
        """Name both ends."""
        text = "{}: addresses from {} to {} speak ARP in one segment"
        return pl.format(text, "name", "first_address", "last_address")

    def values(self) -> dict[str, pl.Expr]:
        """Return span and limit."""
        return {"span": pl.col("span"), "span_limit": pl.lit(self._limit)}

    @property
    def _limit(self) -> int:
        """How many addresses a network of the prefix has."""
        return 1 << (32 - int(self.prefix))


@dataclass(frozen=True)
class GhostNetworks(SegmentCheck):
    """Fires when machines speak ARP with addresses outside all local networks."""

    key = "ghost_networks"
    title = "Ghost Networks"
    category = Category.NETWORK
    attack = "T1665"
    advice = "A network that is missing on the list of local networks."

    networks: float = number("Networks", 0, unit="networks", minimum=0, maximum=65_535)

    def when(self) -> pl.Expr:
        """Compare how many networks there are."""
        return pl.col("foreign_networks") > self.networks

    def message(self) -> pl.Expr:
        """Name some of the networks."""
        text = "{}: {} networks that are not local speak ARP: {}"
        return pl.format(text, "name", "foreign_networks", "foreign")

    def values(self) -> dict[str, pl.Expr]:
        """Return the networks."""
        return {
            "foreign_networks": pl.col("foreign_networks"),
            "foreign": pl.col("foreign"),
            "networks": pl.lit(self.networks),
        }


@dataclass(frozen=True)
class DhcpStorm(SegmentCheck):
    """Fires when a segment's machines ask for leases more than ``requests`` times a minute.

    Who asks as ever new machines empties the server's pool (starvation).
    """

    key = "dhcp_storm"
    title = "DHCP Storm"
    score = 100
    attack = "T1557.003"
    advice = "After a power cut all machines ask at once."

    requests: float = number("Requests", 120, unit="per minute", minimum=1, maximum=1_000_000)

    def when(self) -> pl.Expr:
        """Compare the rate."""
        return self._per_minute() > self.requests

    def _per_minute(self) -> pl.Expr:
        return pl.col("dhcp_requests") * 60 / pl.max_horizontal("window", 60.0)

    def message(self) -> pl.Expr:
        """Name requests and clients."""
        text = "{}: {} DHCP requests a minute from {} clients"
        rate = self._per_minute().round(0).cast(pl.Int64)
        return pl.format(text, "name", rate, "dhcp_clients")

    def values(self) -> dict[str, pl.Expr]:
        """Return rate, clients and limit."""
        return {
            "requests_per_minute": self._per_minute().round(1),
            "clients": pl.col("dhcp_clients"),
            "requests": pl.lit(self.requests),
        }


CHECKS = (BroadcastDomainTooLarge, GhostNetworks, DhcpStorm)
