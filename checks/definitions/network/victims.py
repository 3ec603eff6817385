"""Local networks that are flooded or scanned, or whose hosts misbehave. Source: ntopng."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from checks.base import number
from checks.kinds import NetworkCheck

_SIXTEEN_BITS = 32_768


@dataclass(frozen=True)
class Victim(NetworkCheck):
    """The hosts of a network receive more than ``threshold`` of something in one second."""

    score = 100
    default_enabled = False
    column: ClassVar[str] = ""
    noun: ClassVar[str] = ""
    threshold: float

    def measured(self) -> pl.Expr:
        """Return what is compared."""
        return pl.col(self.column)

    def when(self) -> pl.Expr:
        """Compare it."""
        return self.measured() > self.threshold

    def message(self) -> pl.Expr:
        """Name the amount."""
        text = f"The hosts of {{}} received {{}} {self.noun}, over {{}}"
        return pl.format(text, "name", self.measured(), pl.lit(self.threshold))

    def values(self) -> dict[str, pl.Expr]:
        """Return amount, threshold and hosts."""
        return {
            self.column: self.measured(),
            "threshold": pl.lit(self.threshold),
            "hosts": pl.col("hosts"),
        }


@dataclass(frozen=True)
class FlowFloodVictim(Victim):
    """Fires while more than ``threshold`` flows a second begin to the hosts of a local network."""

    key = "flow_flood_victim"
    title = "Flow Flood Victim"
    attack = "T1498"
    column = "new_flows_received_per_second"
    noun = "new flows/s"

    threshold: float = number("New flows", _SIXTEEN_BITS, unit="flows/s", minimum=1, maximum=2**31)


@dataclass(frozen=True)
class SynFloodVictim(Victim):
    """Fires while more than ``threshold`` SYN a second come to the hosts of a local network."""

    key = "syn_flood_victim"
    title = "SYN Flood Victim"
    attack = "T1498.001"
    needs = "packets"
    column = "syn_received_per_second"
    noun = "SYN/s"

    threshold: float = number("SYN", _SIXTEEN_BITS, unit="SYN/s", minimum=1, maximum=2**31)


@dataclass(frozen=True)
class SynScanVictim(Victim):
    """Fires when a minute's allowance of SYN that get no SYN-ACK comes in five seconds."""

    key = "syn_scan_victim"
    title = "SYN Scan Victim"
    attack = "T1595"
    needs = "packets"
    column = "unanswered_syn"
    noun = "SYN without SYN-ACK"

    threshold: float = number("SYN", _SIXTEEN_BITS, unit="SYN/min", minimum=1, maximum=2**31)

    def measured(self) -> pl.Expr:
        """Return the SYN that nobody accepted."""
        return pl.col("syn_received") - pl.col("syn_ack_sent")


@dataclass(frozen=True)
class NetworkScorePerHost(NetworkCheck):
    """Fires while the hosts of a local network have a mean score of more than ``threshold``.

    The mean is over the hosts with packets in the last five seconds; of fewer than ``min_hosts`` it
    says something of one of them only, which other checks do.
    """

    key = "network_score_per_host"
    title = "Network Score per Host"
    score = 100
    default_enabled = False
    advice = "See the hosts of the network by score: it may be one of them."

    threshold: float = number("Score", 200, unit="per host", minimum=1, maximum=20_000)
    min_hosts: float = number("Hosts", 10, unit="hosts", minimum=1, maximum=1_000_000)

    def when(self) -> pl.Expr:
        """Compare the mean."""
        return (self._mean() > self.threshold) & (pl.col("hosts") >= self.min_hosts)

    def _mean(self) -> pl.Expr:
        return pl.col("score") / pl.col("hosts").clip(lower_bound=1)

    def message(self) -> pl.Expr:
        """Name mean and hosts."""
        text = "The {} hosts of {} have a mean score of {}, over {}"
        return pl.format(text, "hosts", "name", self._mean().round(1), pl.lit(self.threshold))

    def values(self) -> dict[str, pl.Expr]:
        """Return mean, threshold and hosts."""
        return {
            "score_per_host": self._mean().round(2),
            "threshold": pl.lit(self.threshold),
            "hosts": pl.col("hosts"),
        }


CHECKS = (FlowFloodVictim, SynFloodVictim, SynScanVictim, NetworkScorePerHost)
