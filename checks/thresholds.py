"""Limits on sums of traffic as checks over the frame ``traffic``; :mod:`checks.sums` makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any, Final

import polars as pl

from checks.amounts import in_bits_per_second, in_bytes, whole
from checks.base import Category, Check, Family
from checks.rules import RuleError

FRAME: Final = "traffic"
SUBJECTS: Final = ("host", "pool", "network", "vlan", "interface", "application")
METRICS: Final[Mapping[str, str]] = {
    "bytes": "bytes",
    "bits_per_second": "bits/s",
    "packets": "packets",
    "flows": "new flows",
    "score": "score",
}
DIRECTIONS: Final = ("both", "sent", "received")
#: Seconds that a rule may look back.
PERIODS: Final[Mapping[int, str]] = {60: "1 min", 300: "5 min", 3600: "1 h", 86_400: "1 day"}
_AMOUNTS: Final = {"bytes": in_bytes, "bits_per_second": in_bits_per_second}
#: Rules are evaluated once a minute; an alert outlives one round that was late.
COOLDOWN: Final = 180.0


@dataclass(frozen=True)
class Limit:
    """What an operator says of a threshold; see :class:`checks.models.ThresholdRule`."""

    key: str
    title: str
    subject: str
    metric: str
    threshold: float
    target: str = ""
    description: str = ""
    direction: str = "both"
    operator: str = ">"
    period: int = 300
    score: int = 50

    def measure(self) -> pl.Expr:
        """Return what is compared."""
        if self.metric in ("flows", "score"):
            return pl.col(self.metric)
        column = "bytes" if self.metric == "bits_per_second" else self.metric
        sides = DIRECTIONS[1:] if self.direction == "both" else (self.direction,)
        total = pl.sum_horizontal([pl.col(f"{column}_{side}") for side in sides])
        return total * 8 / self.period if self.metric == "bits_per_second" else total

    def when(self) -> pl.Expr:
        """Return which rows are over, or under, the limit."""
        measured = self.measure()
        crossed = measured > self.threshold if self.operator == ">" else measured < self.threshold
        about = (pl.col("subject") == self.subject) & (pl.col("period") == self.period)
        return about & (pl.col("name") == self.target if self.target else pl.lit(True)) & crossed

    def message(self) -> pl.Expr:
        """Return "host 10.0.0.7: 1.2 KB in 5 min, over 1 KB"."""
        relation = "over" if self.operator == ">" else "under"
        noun = "" if self.metric in _AMOUNTS else f" {METRICS[self.metric]}"
        words = f"{self.subject} {{}}: {{}}{noun} in {PERIODS[self.period]}"
        told = _AMOUNTS.get(self.metric, whole)
        amounts = [
            told(value.cast(pl.Float64)) for value in (self.measure(), pl.lit(self.threshold))
        ]
        return pl.format(f"{words}, {relation} {{}}", "name", *amounts)


def build(limit: Limit) -> Check:
    """Return the limit as a check of its own class; raises RuleError."""
    _validate(limit)
    limit = replace(limit, target=as_known(limit.subject, limit.target))
    told = {
        "when": limit.when(),
        "message": limit.message(),
        "values": {limit.metric: limit.measure(), "threshold": pl.lit(limit.threshold)},
        "identity": pl.format(f"{limit.subject}|{{}}", "name"),
    }
    facts: dict[str, Any] = {
        "frame": FRAME,
        "subject": limit.subject,
        "seconds": limit.period,
        "target": limit.target,
        "family": Family.HOST if limit.subject == "host" else Family.NETWORK,
        "category": Category.NETWORK,
        "cooldown": COOLDOWN,
        "key": limit.key,
        "title": limit.title,
        "score": limit.score,
        "__doc__": limit.description or limit.title,
    }
    methods = {name: _constantly(value) for name, value in told.items()}
    rule: Check = type("ThresholdCheck", (Check,), {**facts, **methods})()
    return rule


def _constantly(value: Any) -> Any:
    return lambda self: value


def _validate(limit: Limit) -> None:
    choices: dict[str, Any] = {
        "subject": SUBJECTS,
        "metric": METRICS,
        "direction": DIRECTIONS,
        "operator": (">", "<"),
        "period": PERIODS,
    }
    for name, known in choices.items():
        if getattr(limit, name) not in known:
            raise RuleError(name, f"must be one of {', '.join(map(str, known))}")
    if not 0 <= limit.threshold <= 1e18:
        raise RuleError("threshold", "must be from 0 to 1e18")
    if limit.operator == "<" and not limit.target:
        raise RuleError("target", "name one: who is silent has no row")
    if limit.subject == "network" and not limit.target:
        raise RuleError("target", "give the network, as 10.0.0.0/8")


def as_known(subject: str, target: str) -> str:
    """Return a target as sums name it, "2001:DB8::7" as "2001:db8::7"; raises RuleError."""
    read = _TARGETS.get(subject)
    return read(target) if read and target else target


def _host(text: str) -> str:
    address, at, vlan = text.partition("@")
    try:
        return f"{ip_address(address.strip())}{at}{_vlan(vlan) if at else ''}"
    except ValueError:
        raise RuleError("target", f"{text!r} is no address") from None


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError as error:
        raise RuleError("target", str(error)) from None


def _vlan(text: str) -> str:
    if not text.isdecimal() or int(text) > 4095:
        raise RuleError("target", f"{text!r} is no VLAN id from 0 to 4095")
    return str(int(text))


_TARGETS: Final[Mapping[str, Callable[[str], str]]] = {
    "host": _host,
    "network": _network,
    "vlan": _vlan,
}
