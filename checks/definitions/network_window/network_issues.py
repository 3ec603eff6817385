"""Local networks whose TCP has to repeat itself. Source: ntopng."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, number
from checks.conditions import percent
from checks.kinds import NetworkCheck


@dataclass(frozen=True)
class NetworkIssues(NetworkCheck):
    """Fires when too many packets of a network's TCP are retransmitted or out of order.

    Of the flows that ended within five minutes, with at least ``min_packets`` together.
    """

    frame = "network_window"
    title = "Network Issues"
    category = Category.NETWORK
    default_enabled = False
    cooldown = 300.0
    needs = "packets"

    retransmissions: float = number("Retransmissions", 15, unit="%", minimum=1, maximum=100)
    out_of_orders: float = number("Out of order", 15, unit="%", minimum=1, maximum=100)
    min_packets: float = number("Packets", 1_000, unit="packets", minimum=1, maximum=2**40)

    def when(self) -> pl.Expr:
        """Compare both shares."""
        is_over = (self._share("retransmissions") > self.retransmissions) | (
            self._share("out_of_order") > self.out_of_orders
        )
        return is_over & (pl.col("packets") >= self.min_packets)

    def _share(self, column: str) -> pl.Expr:
        return percent(column, "packets")

    def message(self) -> pl.Expr:
        """Name both shares."""
        shares = [self._share(name).round(1) for name in ("retransmissions", "out_of_order")]
        return pl.format("{}: {} % retransmitted, {} % out of order", "name", *shares)

    def values(self) -> dict[str, pl.Expr]:
        """Return both shares with their limits."""
        return {
            "retransmissions": self._share("retransmissions").round(2),
            "retransmissions_limit": pl.lit(self.retransmissions),
            "out_of_order": self._share("out_of_order").round(2),
            "out_of_order_limit": pl.lit(self.out_of_orders),
            "packets": pl.col("packets"),
        }
