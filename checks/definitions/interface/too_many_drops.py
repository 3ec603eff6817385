"""Packets that the capture loses. Source: ntopng."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, InterfaceCheck, number
from checks.conditions import percent


@dataclass(frozen=True)
class TooManyDrops(InterfaceCheck):
    """Fires while more than ``threshold`` per cent of over 100 packets are lost before analysis."""

    title = "Packet Drops"
    category = Category.SYSTEM
    score = 100
    advice = "Narrow the capture filter, or give the agent more of the processor."

    threshold: float = number("Drops", 5, unit="%", minimum=0, maximum=99)

    def when(self) -> pl.Expr:
        """Compare the dropped with all."""
        return (self._all() > 100) & (self._percent() > self.threshold)

    def _all(self) -> pl.Expr:
        return pl.col("received") + pl.col("dropped")

    def _percent(self) -> pl.Expr:
        return percent("dropped", self._all())

    def message(self) -> pl.Expr:
        """Name the interface and the share."""
        text = "{} lost {} of {} packets ({} %), over {} %"
        share, limit = self._percent().round(1), pl.lit(self.threshold)
        return pl.format(text, "name", "dropped", self._all(), share, limit)

    def values(self) -> dict[str, pl.Expr]:
        """Return packets, drops and the threshold."""
        return {
            "dropped": pl.col("dropped"),
            "received": pl.col("received"),
            "drop_percent": self._percent().round(2),
            "threshold": pl.lit(self.threshold),
        }
