"""Limits on a subject's traffic. Source: ntopng's traffic rules; off until limits are set.

One limit for all hosts, networks, … ; limits of single ones are the operator's threshold rules.
ntopng's profiles are filters with a name: here, a user rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from checks.base import Category, Check, Family
from checks.parameters import choice, number

_PERIODS = {"1 minute": 60, "5 minutes": 300, "1 hour": 3_600, "1 day": 86_400}
_METRICS = ("bytes", "bits/s", "packets", "flows", "score")


@dataclass(frozen=True)
class TrafficRule(Check):
    """The traffic of ``subject`` over a period is over, or under, a limit."""

    frame = "traffic"
    family = Family.NETWORK
    category = Category.NETWORK
    score = 100
    default_enabled = False
    cooldown = 180.0
    subject: ClassVar[str] = ""

    metric: str = choice("Metric", "bytes", _METRICS)
    period: str = choice("Period", "1 hour", _PERIODS)
    operator: str = choice("Fires", "over", ("over", "under"))
    limit: float = number("Limit", 10_000_000_000, minimum=0, maximum=2**60)

    def when(self) -> pl.Expr:
        """Compare the measure over the period."""
        about = (pl.col("subject") == self.subject) & (pl.col("period") == self.seconds)
        measured = self._measured()
        is_over = measured > self.limit if self.operator == "over" else measured < self.limit
        return about & is_over

    @property
    def seconds(self) -> int:
        """Return how far back it looks."""
        return _PERIODS[self.period]

    def _measured(self) -> pl.Expr:
        if self.metric in ("flows", "score"):
            return pl.col(self.metric)
        column = "packets" if self.metric == "packets" else "bytes"
        both = pl.col(f"{column}_sent") + pl.col(f"{column}_received")
        return both * 8 / self.seconds if self.metric == "bits/s" else both

    def message(self) -> pl.Expr:
        """Name the subject and the measure."""
        text = f"{self.subject} {{}}: {{}} {self.metric} in {self.period}, {self.operator} {{}}"
        measured = self._measured().cast(pl.Float64).round(0).cast(pl.Int64)
        return pl.format(text, "name", measured, pl.lit(self.limit))

    def values(self) -> dict[str, pl.Expr]:
        """Return measure and limit."""
        return {"measured": self._measured(), "limit": pl.lit(self.limit)}

    def identity(self) -> pl.Expr:
        """Return the subject's name."""
        return pl.col("name")


@dataclass(frozen=True)
class RuleHost(TrafficRule):
    """Fires when the traffic of a host over a period is over, or under, the limit."""

    key = "rule_host"
    title = "Traffic Rules: host"
    family = Family.HOST
    subject = "host"


@dataclass(frozen=True)
class RuleInterface(TrafficRule):
    """Fires when the traffic of an interface over a period is over, or under, the limit."""

    key = "rule_interface"
    title = "Traffic Rules: interface"
    family = Family.INTERFACE
    subject = "interface"


@dataclass(frozen=True)
class RuleNetwork(TrafficRule):
    """Fires when the traffic of a local network over a period is over, or under, the limit."""

    key = "rule_network"
    title = "Traffic Rules: local network / CIDR"
    subject = "network"


@dataclass(frozen=True)
class RuleHostPool(TrafficRule):
    """Fires when the traffic of a host pool over a period is over, or under, the limit."""

    key = "rule_host_pool"
    title = "Traffic Rules: host pool"
    subject = "pool"


@dataclass(frozen=True)
class RuleVlan(TrafficRule):
    """Fires when the traffic of a VLAN over a period is over, or under, the limit."""

    key = "rule_vlan"
    title = "Traffic Rules: VLAN"
    subject = "vlan"


@dataclass(frozen=True)
class RuleApplication(TrafficRule):
    """Fires when the traffic of an application over a period is over, or under, the limit."""

    key = "rule_application"
    title = "Traffic Rules: application"
    subject = "application"


CHECKS = (RuleHost, RuleInterface, RuleNetwork, RuleHostPool, RuleVlan, RuleApplication)
