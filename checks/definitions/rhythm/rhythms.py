"""Flows that come at even intervals: a program's, not a person's.

Malware reports to its master at a period, with some jitter. Method after RITA (Real Intelligence
Threat Analytics, Active Countermeasures) and A. Shalaginov et al., "Malware Beaconing Detection by
Mining Large-scale DNS Logs", 2016: over the intervals between the beginnings of a pair's flows,
dispersion (the median absolute deviation) and skewness (Bowley's, of the quartiles) are near 0,
and so is the dispersion of the bytes sent. Medians bear a missed beat; jitter widens them.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Check, Family, number
from checks.conditions import is_application
from checks.parameters import names


@dataclass(frozen=True)
class RhythmCheck(Check):
    """A check of one client's flows to one service of a server over an hour."""

    frame = "rhythm"
    family = Family.FLOW
    attacker = "client"
    cooldown = 900.0

    def values(self) -> dict[str, pl.Expr]:
        """Return what was compared."""
        rounded = ("period", "spread", "skew", "bytes_spread", "learned_period")
        return {"flows": pl.col("flows")} | {name: pl.col(name).round(3) for name in rounded}

    def identity(self) -> pl.Expr:
        """Return client, server and port."""
        return pl.format("{}|{}|{}|{}|{}", "client", "server", "server_port", "l4", "vlan")


@dataclass(frozen=True)
class Beaconing(RhythmCheck):
    """Fires when a local client contacts a remote service at even intervals with even sizes.

    At least ``flows`` within an hour, at a period of ``min_period`` or more; intervals and bytes
    sent spread by at most ``spread`` of their median, and the skewness is at most ``skew``. A
    rhythm of the first ``learning`` seconds is learned, and fires only when denied.
    """

    key = "beaconing"
    title = "Beaconing"
    score = 40
    attack = "T1071"
    advice = (
        "Clocks, telemetry and updates do so by nature: allow them on the learned page, or set a"
        " learning of a day."
    )

    learning: float = number("Learning", 0, unit="seconds", minimum=0, maximum=2_592_000)
    flows: float = number("Flows", 12, unit="flows/h", minimum=6, maximum=3_600)
    min_period: float = number("Period", 5, unit="seconds", minimum=1, maximum=600)
    spread: float = number("Spread", 0.15, minimum=0.001, maximum=1)
    skew: float = number("Skewness", 0.5, minimum=0.01, maximum=1)
    excluded_applications: tuple[str, ...] = names(
        "Excluded applications", ("NTP", "DNS", "ICMP", "ICMPV6", "DHCP", "STUN", "WSD")
    )

    def when(self) -> pl.Expr:
        """Look at flows to the outside that the operator has not allowed."""
        is_out = pl.col("client_is_local") & ~pl.col("server_is_local")
        excluded = self.excluded_applications
        is_excluded = is_application(*excluded) if excluded else pl.lit(False)
        return is_out & self._is_news() & self._is_even() & ~is_excluded

    def _is_news(self) -> pl.Expr:
        is_new = (pl.col("learned_after") >= self.learning) & (pl.col("verdict") == "")
        return is_new | (pl.col("verdict") == "denied")

    def _is_even(self) -> pl.Expr:
        is_many = (pl.col("flows") >= self.flows) & (pl.col("period") >= self.min_period)
        is_steady = (pl.col("spread") <= self.spread) & (pl.col("bytes_spread") <= self.spread)
        return is_many & is_steady & (pl.col("skew").abs() <= self.skew)

    def message(self) -> pl.Expr:
        """Name whom, how often and how evenly."""
        text = "{} contacts {}:{} ({}) every {} s, {} times within an hour"
        period = pl.col("period").round(1)
        names_of = ("client", "server", "server_port", "application")
        return pl.format(text, *names_of, period, "flows")


@dataclass(frozen=True)
class PeriodicityChanged(RhythmCheck):
    """Fires when flows that came at an even period come at one that differs by ``change``."""

    key = "periodicity_changed"
    title = "Periodicity Changed"
    category = Category.NETWORK
    score = 1
    default_enabled = False
    attack = "T1029"

    change: float = number("Change", 50, unit="%", minimum=1, maximum=10_000)

    def when(self) -> pl.Expr:
        """Compare the period with the learned one."""
        learned = pl.col("learned_period")
        distance = (pl.col("period") - learned).abs() * 100
        return (learned > 0) & (distance > learned * self.change)

    def message(self) -> pl.Expr:
        """Name both periods."""
        text = "{} contacted {}:{} every {} s, now every {} s"
        periods = [pl.col(name).round(1) for name in ("learned_period", "period")]
        return pl.format(text, "client", "server", "server_port", *periods)


CHECKS = (Beaconing, PeriodicityChanged)
