"""TCP that has to repeat itself. Source: ntopng."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, FlowCheck
from checks.conditions import TCP, percent
from checks.parameters import number

_SIDES = ("to_server", "to_client")


@dataclass(frozen=True)
class TcpPacketsIssues(FlowCheck):
    """Fires when, in one direction, too many packets are retransmitted or out of order."""

    title = "TCP Packets Issues"
    category = Category.NETWORK
    score = 100
    default_enabled = False
    events = ("update", "end")
    needs = "packets"

    retransmissions: float = number(
        "Retransmissions", 15, unit="%", maximum=100, help="100 never fires"
    )
    out_of_orders: float = number("Out of order", 15, unit="%", maximum=100, help="100 never fires")
    min_packets: float = number(
        "Packets", 10, unit="packets", minimum=1, maximum=1_000_000, help="Fewer say nothing"
    )

    def when(self) -> pl.Expr:
        """Look at TCP that had to repeat or to sort anything."""
        counters = [f"{counter}_{side}" for side in _SIDES for counter in self._limits()]
        return (pl.col("l4") == TCP) & pl.any_horizontal(pl.col(counters) > 0)

    def refine(self) -> pl.Expr:
        """Compare each direction with its own packets."""
        tests = [
            (self._percent(counter, side) > limit) & self._is_enough(side)
            for side in _SIDES
            for counter, limit in self._limits().items()
        ]
        return pl.any_horizontal(tests)

    def _limits(self) -> dict[str, float]:
        return {"retransmissions": self.retransmissions, "out_of_order": self.out_of_orders}

    def _is_enough(self, side: str) -> pl.Expr:
        return pl.col(f"packets_{side}") >= self.min_packets

    def _percent(self, counter: str, side: str) -> pl.Expr:
        return percent(f"{counter}_{side}", f"packets_{side}")

    def _worst(self, counter: str) -> pl.Expr:
        sides = [
            pl.when(self._is_enough(side)).then(self._percent(counter, side)) for side in _SIDES
        ]
        return pl.max_horizontal(sides).fill_null(0).round(1)

    def message(self) -> pl.Expr:
        """Name the peers and the worse direction's percentages."""
        text = "{} to {}:{}: {} % retransmitted, {} % out of order"
        worst = [self._worst(counter) for counter in self._limits()]
        return pl.format(text, "client", "server", "server_port", *worst)

    def values(self) -> dict[str, pl.Expr]:
        """Return the percentages and their limits."""
        limits = {f"{name}_limit": pl.lit(limit) for name, limit in self._limits().items()}
        return {name: self._worst(name) for name in self._limits()} | limits
