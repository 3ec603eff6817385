"""An alert of a flow that another system raised over REST. Source: ntopng's check of that name.

As Suricata's or another intrusion detection's: it knows, this platform keeps, tells and silences.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Check, Family


@dataclass(frozen=True)
class ExternalAlertCheck(Check):
    """Fires when another system says so of a flow; score and text are its own.

    It is released when the system has not said it again for ten minutes.
    """

    frame = "script"
    title = "External Alert"
    family = Family.FLOW
    score = 100
    cooldown = 600.0
    needs = "a system that posts its alerts"
    advice = "The system that raised it knows: its text stands in the alert."

    def when(self) -> pl.Expr:
        """Look at what another system said something of."""
        return pl.col("message") != ""

    def message(self) -> pl.Expr:
        """Return the system's words."""
        return pl.col("message")

    def identity(self) -> pl.Expr:
        """Return what the system calls the same."""
        return pl.col("name")
