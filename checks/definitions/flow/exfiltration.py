"""Data hidden in protocols that carry little: ICMP and DNS. ATT&CK T1048.

ntopng's limits are closed. The methods here are those of the literature on tunnels (for one,
G. Farnham, "Detecting DNS Tunneling", SANS 2013): volume and length, since what is carried must be
put somewhere. An ordinary ping has 84 bytes a packet at most; a name of an ordinary query is far
shorter than the 253 characters that DNS allows, and a query takes one packet.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import FlowCheck
from checks.conditions import ICMP, UDP, is_application
from checks.parameters import number


def _moved() -> pl.Expr:
    return pl.col("bytes_to_server") + pl.col("bytes_to_client")


@dataclass(frozen=True)
class DataExfiltration(FlowCheck):
    """Fires when an ICMP flow carries more than ``bytes_per_packet``, and ``min_bytes`` in all."""

    key = "data_exfiltration"
    title = "ICMP Data Exfiltration"
    score = 100
    attack = "T1048"
    attacker = "client"
    advice = "A ping of large packets, as in tests of the path's MTU, looks alike."

    bytes_per_packet: float = number(
        "Packet size", 256, unit="bytes/packet", minimum=1, maximum=65_535, help="On average"
    )
    min_bytes: float = number("Bytes", 10_000, unit="bytes", minimum=1, maximum=2**40)

    def when(self) -> pl.Expr:
        """Look at ICMP that moves much."""
        is_icmp = pl.any_horizontal(pl.col("l4") == number for number in ICMP)
        return is_icmp & (_moved() > self.min_bytes)

    def refine(self) -> pl.Expr:
        """Compare the mean payload."""
        return self._mean() > self.bytes_per_packet

    def _mean(self) -> pl.Expr:
        packets = pl.col("packets_to_server") + pl.col("packets_to_client")
        return _moved() / packets.clip(lower_bound=1)

    def message(self) -> pl.Expr:
        """Name both, the amount and the mean."""
        mean = self._mean().round(0).cast(pl.Int64)
        text = "{} and {} moved {} bytes inside ICMP, {} a packet"
        return pl.format(text, "client", "server", _moved(), mean)

    def values(self) -> dict[str, pl.Expr]:
        """Return both measures with their limits."""
        return {
            "bytes_per_packet": self._mean().round(1),
            "bytes_per_packet_limit": pl.lit(self.bytes_per_packet),
            "bytes": _moved(),
            "bytes_limit": pl.lit(self.min_bytes),
        }


@dataclass(frozen=True)
class DnsDataExfiltration(FlowCheck):
    """Fires when one DNS flow over UDP has more than ``packets``: a query takes two."""

    key = "dns_data_exfiltration"
    title = "DNS Data Exfiltration"
    attack = "T1048"
    attacker = "client"
    advice = "A forwarder that keeps one port for all its queries looks alike: raise the limit."

    packets: float = number("Packets", 60, unit="packets", minimum=2, maximum=1_000_000)

    def when(self) -> pl.Expr:
        """Look at UDP alone: over TCP, transfers of zones are long by nature."""
        return (pl.col("l4") == UDP) & (self._count() > self.packets)

    def refine(self) -> pl.Expr:
        """Look at the application."""
        return is_application("DNS")

    def _count(self) -> pl.Expr:
        return pl.col("packets_to_server") + pl.col("packets_to_client")

    def message(self) -> pl.Expr:
        """Name both and the count."""
        text = "{} and {} exchanged {} packets in one DNS flow, over {}"
        return pl.format(text, "client", "server", self._count(), pl.lit(self.packets))

    def values(self) -> dict[str, pl.Expr]:
        """Return the count and its limit."""
        return {"packets": self._count(), "packets_limit": pl.lit(self.packets)}


CHECKS = (DataExfiltration, DnsDataExfiltration)
