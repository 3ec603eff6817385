"""An alert that another program raised over REST. Source: ntopng's check of that name."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Check, Family


@dataclass(frozen=True)
class ExternalAlert(Check):
    """Fires when another program says so: an IDS, a script, a monitoring system.

    Programs post events to ``/api/v1/events/`` with a token that may ingest; they give title,
    score, text, and whom it is about. Off, such events are refused.
    """

    frame = "script"
    title = "External Alert"
    category = Category.SECURITY
    family = Family.SYSTEM
    score = 100
    cooldown = 86_400.0
    needs = "a program that posts events"
    advice = "The program that raised it knows: its text stands in the alert."

    def when(self) -> pl.Expr:
        """Look at what a program said something of."""
        return pl.col("message") != ""

    def message(self) -> pl.Expr:
        """Return the program's words."""
        return pl.col("message")

    def identity(self) -> pl.Expr:
        """Return what it is about."""
        return pl.col("name")
