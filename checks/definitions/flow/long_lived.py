"""Flows that do not end. Source: ntopng; ATT&CK T1039."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import FlowCheck
from checks.conditions import is_excluded
from checks.parameters import names, number


@dataclass(frozen=True)
class LongLived(FlowCheck):
    """Fires when a flow is older than ``min_duration``."""

    title = "Long Lived"
    score = 10
    attack = "T1039"
    events = ("update", "end")
    advice = "Exclude the applications that keep connections by design."

    min_duration: float = number("Duration", 43_200, unit="seconds", minimum=60, maximum=31_536_000)
    excluded_categories: tuple[str, ...] = names("Excluded categories", ("Database",))
    excluded_applications: tuple[str, ...] = names("Excluded applications")

    def when(self) -> pl.Expr:
        """Look at the time since the first packet."""
        return pl.col("duration") > self.min_duration

    def refine(self) -> pl.Expr:
        """Leave out what the operator excluded."""
        return ~is_excluded(self.excluded_applications, self.excluded_categories)

    def message(self) -> pl.Expr:
        """Name the peers and the hours."""
        hours = (pl.col("duration") / 3600).round(1)
        return pl.format("{} to {}:{} lasts {} hours", "client", "server", "server_port", hours)

    def values(self) -> dict[str, pl.Expr]:
        """Return the duration and its limit, in seconds."""
        return {"duration": pl.col("duration"), "min_duration": pl.lit(self.min_duration)}
