"""Contacts with addresses that never answer, and contacts of hosts that never speak.

Who contacts many addresses and hears from few of them is scanning: an honest host mostly
contacts hosts that exist. Method after J. Jung, V. Paxson, A. Berger, H. Balakrishnan, "Fast
Portscan Detection Using Sequential Hypothesis Testing", IEEE S&P 2004, with a fixed share of
failures over a minute's distinct peers in place of the sequential test. ntopng's limits are closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, HostCheck, number
from checks.conditions import percent


@dataclass(frozen=True)
class HostBlackHoleContacts(HostCheck):
    """Fires when a host contacts many addresses of which most never answer.

    More than ``peers`` distinct ones in 60 s, with ``unanswered`` per cent of the flows that came
    to a result in these five seconds unanswered, and at least ``flows`` of them.
    """

    key = "host_black_hole_contacts"
    title = "Host Scanner Blackhole Contacts"
    score = 200
    attack = "T1595"
    advice = "Peer-to-peer programs look alike: exclude them, or raise the number of peers."

    peers: float = number("Peers", 64, unit="addresses/min", minimum=2, maximum=65_535)
    unanswered: float = number("Unanswered", 80, unit="%", minimum=1, maximum=100)
    flows: float = number("Flows", 10, unit="flows", minimum=1, maximum=65_535)

    def when(self) -> pl.Expr:
        """Compare distinct peers and the share of silence."""
        is_wide = pl.col("peers_60s") > self.peers
        is_enough = pl.col("unanswered") >= self.flows
        return is_wide & is_enough & (self._percent() >= self.unanswered)

    def _percent(self) -> pl.Expr:
        return percent("unanswered", pl.max_horizontal("new_flows", "unanswered"))

    def message(self) -> pl.Expr:
        """Name how many, and how many of them are silent."""
        text = "{} contacted {} addresses in 60 s, {} % of its flows got no answer"
        return pl.format(text, "address", "peers_60s", self._percent().round(0).cast(pl.Int64))

    def values(self) -> dict[str, pl.Expr]:
        """Return peers and share, with their limits."""
        return {
            "peers_60s": pl.col("peers_60s"),
            "peers_limit": pl.lit(self.peers),
            "unanswered_percent": self._percent().round(1),
            "unanswered_limit": pl.lit(self.unanswered),
        }


@dataclass(frozen=True)
class RxOnlyHostScan(HostCheck):
    """Fires when a local host that sends nothing is contacted by many hosts, or on many ports."""

    key = "rx_only_host_scan"
    title = "RX-only Host Scan"
    category = Category.NETWORK
    score = 100
    default_enabled = False
    attack = "T1595"
    attacker = ""
    victim = "host"

    threshold: float = number("Peers or ports", 32, unit="per minute", minimum=1, maximum=65_535)

    def when(self) -> pl.Expr:
        """Look at local hosts without a packet of their own."""
        contacts = pl.max_horizontal("peers_received_60s", "ports_received_60s")
        return pl.col("is_local") & (pl.col("packets_sent") == 0) & (contacts > self.threshold)

    def message(self) -> pl.Expr:
        """Name peers and ports."""
        text = "{} never speaks, yet {} hosts contacted it on {} ports in 60 s"
        return pl.format(text, "address", "peers_received_60s", "ports_received_60s")

    def values(self) -> dict[str, pl.Expr]:
        """Return peers, ports and the threshold."""
        names = ("peers_received_60s", "ports_received_60s")
        return {name: pl.col(name) for name in names} | {"threshold": pl.lit(self.threshold)}


CHECKS = (HostBlackHoleContacts, RxOnlyHostScan)
