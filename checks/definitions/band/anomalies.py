"""Measures that leave the band of their past. Source: ntopng's four checks of these keys.

ntopng's limits are closed. The band is that of exponential smoothing: :mod:`checks.learning.bands`.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.base import Category, Family
from checks.kinds import BandCheck


@dataclass(frozen=True)
class FlowsAnomaly(BandCheck):
    """Fires when a local host begins, or gets, an unusual number of flows."""

    key = "flows_anomaly"
    title = "Flows Anomaly"
    family = Family.HOST
    attack = "T1048"
    attacker = "host"
    kind = "host"
    measure = "flows"
    noun = "new flows"


@dataclass(frozen=True)
class ScoreAnomaly(BandCheck):
    """Fires when a local host's score is unusual."""

    key = "score_anomaly"
    title = "Score Anomaly"
    family = Family.HOST
    category = Category.SECURITY
    attacker = "host"
    kind = "host"
    measure = "score"
    noun = "points of score"


@dataclass(frozen=True)
class ScoreBehavior(BandCheck):
    """Fires when an interface's flows have an unusual score together."""

    key = "score_behavior"
    title = "Unexpected Score Behaviour"
    family = Family.INTERFACE
    category = Category.SECURITY
    kind = "interface"
    measure = "score"
    noun = "points of score"


@dataclass(frozen=True)
class TrafficBehavior(BandCheck):
    """Fires when an interface moves an unusual number of bytes."""

    key = "traffic_behavior"
    title = "Unexpected Traffic Behaviour"
    family = Family.INTERFACE
    category = Category.SECURITY
    attack = "T1040"
    kind = "interface"
    measure = "bytes"


CHECKS = (FlowsAnomaly, ScoreAnomaly, ScoreBehavior, TrafficBehavior)
