"""An alert of a host that a program raised over REST. Source: ntopng's host check of that name."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Check, Family


@dataclass(frozen=True)
class ExternalHostScript(Check):
    """Fires when a program says so of a host, by ``trigger/host/alert`` of ntopng's REST.

    The program gives score and text; a score of 0 ends the alert. Off, such calls are refused.
    """

    frame = "script"
    title = "Host External Check (REST)"
    category = Category.NETWORK
    family = Family.HOST
    score = 100
    default_enabled = False
    cooldown = 86_400.0
    needs = "a program that calls"
    advice = "The program that raised it knows: its text stands in the alert."

    def when(self) -> pl.Expr:
        """Look at what a program said something of."""
        return pl.col("message") != ""

    def message(self) -> pl.Expr:
        """Return the program's words."""
        return pl.col("message")

    def identity(self) -> pl.Expr:
        """Return the host."""
        return pl.col("name")
