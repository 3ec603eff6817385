"""Many contacts that come to nothing. Source: ntopng; ATT&CK T1595.

ntopng counts per minute; a row of the host frame covers five seconds and knows the distinct peers
and ports of the last sixty. So a scan is seen in either of two ways: the minute's allowance is
used up within one row, or the minute's distinct peers or ports exceed it while at least half of
what the row counts came to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from checks.base import BothSides, Category, Side, number


def _signed(column: str) -> pl.Expr:
    """Return a count that can be subtracted from."""
    return pl.col(column).cast(pl.Int64)


@dataclass(frozen=True)
class Scan(BothSides):
    """A count that came to nothing, of a count that was tried, on each side."""

    #: The columns of what was tried, as attacker and as victim.
    tried: ClassVar[tuple[str, str]] = ("", "")
    #: The columns of distinct peers and ports in 60 s, as attacker and as victim.
    spread: ClassVar[tuple[tuple[str, str], tuple[str, str]]] = (
        ("peers_60s", "ports_60s"),
        ("peers_received_60s", "ports_received_60s"),
    )

    def _over(self, side: Side) -> pl.Expr:
        nothing, which = self.measured(side), side is Side.VICTIM
        is_wide = pl.max_horizontal(self.spread[which]) > self.threshold
        is_half = nothing * 2 >= _signed(self.tried[which])
        return (nothing > self.threshold) | (is_wide & is_half & (nothing > 0))

    def _words(self, side: Side) -> pl.Expr:
        which = side is Side.VICTIM
        verb = "received" if which else "sent"
        text = f"{{}} {verb} {{}} {self.noun} in 5 s, {{}} peers and {{}} ports in 60 s, over {{}}"
        limit = pl.lit(self.threshold)
        return pl.format(text, "address", self.measured(side), *self.spread[which], limit)

    def _values(self, side: Side) -> dict[str, pl.Expr]:
        columns = {name: pl.col(name) for name in self.spread[side is Side.VICTIM]}
        return {"incomplete": self.measured(side), **columns, "threshold": pl.lit(self.threshold)}


@dataclass(frozen=True)
class ScanDetection(Scan):
    """Fires when more than ``threshold`` flows a minute from, or to, a host stay incomplete.

    Incomplete is what nobody answered and what was refused.
    """

    key = "scan_detection"
    title = "Scan Detection"
    score = 100
    default_enabled = False
    attack = "T1595"
    noun = "incomplete flows"
    tried = ("new_flows", "new_flows_received")

    threshold: float = number("Flows", 32, unit="flows/min", minimum=1, maximum=65_535)

    def measured(self, side: Side) -> pl.Expr:
        """Return the flows that stayed incomplete."""
        tail = "" if side is Side.ATTACKER else "_received"
        return _signed(f"unanswered{tail}") + _signed(f"failed{tail}")


@dataclass(frozen=True)
class SynScan(Scan):
    """Fires when more than ``threshold`` SYN a minute from, or to, a host get no SYN-ACK."""

    key = "syn_scan"
    title = "SYN Scan"
    category = Category.NETWORK
    default_enabled = False
    attack = "T1595"
    needs = "packets"
    noun = "SYN without SYN-ACK"
    tried = ("syn_sent", "syn_received")

    threshold: float = number("SYN", 256, unit="SYN/min", minimum=1, maximum=65_535)

    def measured(self, side: Side) -> pl.Expr:
        """Return the SYN that nobody accepted."""
        if side is Side.ATTACKER:
            return _signed("syn_sent") - _signed("syn_ack_received")
        return _signed("syn_received") - _signed("syn_ack_sent")


@dataclass(frozen=True)
class FinScan(Scan):
    """Fires when more than ``threshold`` FIN a minute from, or to, a host get no FIN back."""

    key = "fin_scan"
    title = "TCP FIN Scan"
    default_enabled = False
    attack = "T1595"
    needs = "packets"
    noun = "FIN without an answer"
    tried = ("fin_sent", "fin_received")

    threshold: float = number("FIN", 256, unit="FIN/min", minimum=1, maximum=65_535)

    def measured(self, side: Side) -> pl.Expr:
        """Return the FIN that were not returned."""
        balance = _signed("fin_sent") - _signed("fin_received")
        return balance if side is Side.ATTACKER else -balance


CHECKS = (ScanDetection, SynScan, FinScan)
