"""Flows with a country that the operator does not want. Source: ntopng."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import About, FlowCheck
from checks.conditions import is_any_of
from checks.parameters import countries


@dataclass(frozen=True)
class CountryCheck(FlowCheck):
    """Fires on flows whose client or server is in one of ``items``."""

    about = About.LOCAL
    title = "Blacklisted Country"
    score = 100
    default_enabled = False
    needs = "a country of the address"

    items: tuple[str, ...] = countries("Countries", help="Two letters each, as RU or CN")

    def when(self) -> pl.Expr:
        """Look at both peers."""
        return is_any_of("client_country", self.items) | self._is_server()

    def _is_server(self) -> pl.Expr:
        return is_any_of("server_country", self.items)

    def share(self) -> pl.Expr:
        """Give the client most of it when it went there."""
        return pl.when(self._is_server()).then(90).otherwise(50)

    def attackers(self) -> pl.Expr:
        """Name the peer in the listed country."""
        return pl.when(self._is_server()).then(pl.lit("server")).otherwise(pl.lit("client"))

    def victims(self) -> pl.Expr:
        """Name the other."""
        return pl.when(self._is_server()).then(pl.lit("client")).otherwise(pl.lit("server"))

    def message(self) -> pl.Expr:
        """Name both, with countries where known."""
        text = "{} ({}) talked to {}:{} ({})"
        known = [pl.col(f"{side}_country").replace("", "-") for side in ("client", "server")]
        return pl.format(text, "client", known[0], "server", "server_port", known[1])

    def values(self) -> dict[str, pl.Expr]:
        """Return the two countries."""
        return {name: pl.col(name) for name in ("client_country", "server_country")}
