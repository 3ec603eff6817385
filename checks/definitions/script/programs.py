"""The checks under which other programs alert over REST. Source: ntopng's two of these keys.

Who, how bad and with what words, the program says.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Check, Family


@dataclass(frozen=True)
class OfPrograms(Check):
    """A program said so."""

    frame = "script"
    score = 100
    cooldown = 86_400.0
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


@dataclass(frozen=True)
class ExternalAlert(OfPrograms):
    """Fires when another program says so: an IDS, a script, a monitoring system.

    Programs post events to ``/api/v1/events/`` with a token that may ingest; they give title,
    score, text, and whom it is about. Off, such events are refused.
    """

    key = "external_alert_check"
    title = "External Alert"
    category = Category.SECURITY
    family = Family.SYSTEM
    needs = "a program that posts events"


@dataclass(frozen=True)
class ExternalHostScript(OfPrograms):
    """Fires when a program says so of a host, by ``trigger/host/alert`` of ntopng's REST.

    The program gives score and text; a score of 0 ends the alert. Off, such calls are refused.
    """

    key = "external_host_script"
    title = "Host External Check (REST)"
    category = Category.NETWORK
    family = Family.HOST
    default_enabled = False
    needs = "a program that calls"


CHECKS = (ExternalAlert, ExternalHostScript)
