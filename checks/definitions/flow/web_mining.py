"""Mining of crypto-currencies. Source: ntopng; ATT&CK T1496."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import FlowCheck


@dataclass(frozen=True)
class WebMining(FlowCheck):
    """Fires on flows of the category mining: a miner's protocol, or a name of a list of miners."""

    title = "Web Mining"
    client_share = 90
    attack = "T1496"

    def when(self) -> pl.Expr:
        """Look at the category, which a list of names sets too."""
        return pl.col("category") == "Mining"

    def message(self) -> pl.Expr:
        """Name the miner and its pool."""
        name = pl.coalesce("server_name", "server")
        return pl.format("{} mines at {} ({})", "client", name, "application")

    def values(self) -> dict[str, pl.Expr]:
        """Return what nDPI and the lists say."""
        return {name: pl.col(name) for name in ("application", "server_name", "name_list")}
