"""The alerts of a report's subject, by the queries that the pages use."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.db.models import Count, Max, QuerySet

from alerts.chosen import AlertFilter
from alerts.models import Alert, State
from alerts.noise import Noise, report_of
from alerts.over_time import Engaged, engaged_over_time
from alerts.reports.subject import Period, Subject
from monitoring.history.window import Window

#: Alerts that are told of one by one.
MOST: Final = 8
#: Bars of the chart: fewer than on a screen, so that they can be told apart on paper.
_BARS: Final = 31


@dataclass(frozen=True)
class Technique:
    """A technique of ATT&CK, and how many alerts point to it."""

    id: str
    name: str
    tactic: str
    alerts: int
    alerts_before: int
    entities: int


@dataclass(frozen=True)
class Alerts:
    """What engaged in a period, and what had in the period before."""

    total: int
    total_before: int
    still_engaged: int
    noise: Sequence[Noise]
    before: Mapping[str, int]
    worst_scores: Mapping[str, int]
    over_time: Engaged
    worst: Sequence[Alert]
    techniques: Sequence[Technique]


def gather(subject: Subject, period: Period, window: Window) -> Alerts:
    """Return what engaged in the period."""
    chosen, earlier = engaged_in(subject, period), engaged_in(subject, period.before)
    scores = chosen.order_by().values_list("check_key").annotate(Max("score"))
    return Alerts(
        total=chosen.count(),
        total_before=earlier.count(),
        still_engaged=chosen.filter(state=State.ENGAGED).count(),
        noise=[one for one in report_of(chosen) if one.fired],
        before=dict(earlier.order_by().values_list("check_key").annotate(Count("id"))),
        worst_scores=dict(scores),
        over_time=engaged_over_time(chosen, window, _BARS),
        worst=list(chosen.select_related("interface").order_by("-score", "-id")[:MOST]),
        techniques=_techniques(chosen, earlier),
    )


def engaged_in(subject: Subject, period: Period) -> QuerySet[Alert]:
    """Return the subject's alerts that engaged in the period."""
    wanted = AlertFilter(host=subject.place, interfaces=subject.interfaces)
    times = {"engaged_at__gte": period.since, "engaged_at__lt": period.until}
    return wanted.narrow(Alert.objects.filter(**times))


def _techniques(chosen: QuerySet[Alert], earlier: QuerySet[Alert]) -> list[Technique]:
    rows = chosen.order_by().exclude(attack="").values("attack")
    counted = rows.annotate(alerts=Count("id"), entities=Count("entity", distinct=True))
    before = dict(earlier.order_by().values_list("attack").annotate(Count("id")))
    known = techniques()
    found = [
        Technique(
            row["attack"],
            *known.get(row["attack"], ("", "")),
            row["alerts"],
            before.get(row["attack"], 0),
            row["entities"],
        )
        for row in counted
    ]
    return sorted(found, key=lambda one: (-one.alerts, one.id))


@lru_cache(maxsize=1)
def techniques() -> Mapping[str, tuple[str, str]]:
    """Return name and tactic of each technique that a check points to (ATT&CK Enterprise 15)."""
    path = Path(__file__).with_name("techniques.csv")
    with path.open(newline="") as file:
        return {row["id"]: (row["name"], row["tactic"]) for row in csv.DictReader(file)}
