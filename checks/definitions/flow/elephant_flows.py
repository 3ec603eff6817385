"""Flows that move very much. Source: ntopng; ATT&CK T1602.002."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, FlowCheck
from checks.conditions import is_excluded
from checks.parameters import names, number

_GIB = 2**30


@dataclass(frozen=True)
class ElephantFlows(FlowCheck):
    """Fires when a flow moves more than the limit from the local networks out, or in."""

    title = "Elephant Flow"
    category = Category.NETWORK
    attack = "T1602.002"
    advice = "Exclude the applications and categories of backups and updates."

    local_to_remote: float = number("Bytes out", _GIB, unit="bytes", minimum=1, maximum=2**50)
    remote_to_local: float = number("Bytes in", _GIB, unit="bytes", minimum=1, maximum=2**50)
    excluded_categories: tuple[str, ...] = names(
        "Excluded categories", ("DataTransfer", "Cloud", "SoftwareUpdate", "Streaming", "VPN")
    )
    excluded_applications: tuple[str, ...] = names("Excluded applications")

    def when(self) -> pl.Expr:
        """Look at flows that move the smaller limit, one way or the other."""
        least = min(self.local_to_remote, self.remote_to_local)
        return (pl.col("bytes_to_server") > least) | (pl.col("bytes_to_client") > least)

    def refine(self) -> pl.Expr:
        """Look at flows across the border, each way by its own limit."""
        is_over = (self._out() > self.local_to_remote) | (self._in() > self.remote_to_local)
        crosses = pl.col("client_is_local") != pl.col("server_is_local")
        excluded = is_excluded(self.excluded_applications, self.excluded_categories)
        return is_over & crosses & ~excluded

    def _out(self) -> pl.Expr:
        sides = pl.col("bytes_to_server"), pl.col("bytes_to_client")
        return pl.when("client_is_local").then(sides[0]).otherwise(sides[1])

    def _in(self) -> pl.Expr:
        sides = pl.col("bytes_to_server"), pl.col("bytes_to_client")
        return pl.when("client_is_local").then(sides[1]).otherwise(sides[0])

    def message(self) -> pl.Expr:
        """Name the peers and both amounts."""
        text = "{} and {}:{} moved {} MB out and {} MB in"
        mega = [(amount // 1_000_000) for amount in (self._out(), self._in())]
        return pl.format(text, "client", "server", "server_port", *mega)

    def values(self) -> dict[str, pl.Expr]:
        """Return the amounts and their limits, in bytes."""
        return {
            "local_to_remote": self._out(),
            "remote_to_local": self._in(),
            "local_to_remote_limit": pl.lit(self.local_to_remote),
            "remote_to_local_limit": pl.lit(self.remote_to_local),
        }
