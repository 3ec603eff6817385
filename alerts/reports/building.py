"""A report of what the database knows: gathered, then told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.reports import alerting, sections, traffic, words
from alerts.reports.document import Report
from alerts.reports.subject import Kind, Period, Subject

#: Is told what is being done and how much is done, in per cent.
Progress = Callable[[str, int], None]

_TITLES: Final = {
    Kind.SITE: "Site report",
    Kind.INTERFACE: "Interface report",
    Kind.NETWORK: "Network report",
    Kind.HOST: "Host report",
}
_ABOUT: Final = (
    "Bytes are counted at the network layer, 1 KB being 1,024 bytes. Sums are of what the agents "
    "observed: traffic that two interfaces see is counted by both.",
    "Beyond the local hosts, each batch keeps its 200 greatest addresses, pairs and countries; "
    "what is smaller is in the totals alone.",
    "An alert counts in the period in which it engaged. Severity follows from the score: notice "
    "from 10, warning 50, error 100, critical 200, emergency 250.",
)


def build(
    subject: Subject,
    period: Period,
    zone: ZoneInfo,
    now: datetime,
    progress: Progress = lambda step, percent: None,
) -> Report:
    """Return the report; times are told in the zone."""
    progress("Summing the traffic", 5)
    moved = traffic.gather(subject, period, now)
    progress("Counting the alerts", 50)
    window = traffic.window_of(subject, period, now)
    alerts = alerting.gather(subject, period, window)
    progress("Writing", 75)
    return Report(
        title=_TITLES[subject.kind],
        subject=subject.title,
        kind=subject.kind.value,
        period=_span(period, zone),
        before=_span(period.before, zone),
        zone=zone.key,
        made_at=words.whole_time(now, zone),
        summary=words.summary(moved, alerts, zone),
        tiles=sections.tiles(moved, alerts),
        sections=[
            *sections.of_traffic(subject.kind, moved, zone, now),
            *sections.of_alerts(alerts, zone),
        ],
        about=_ABOUT,
    )


def _span(period: Period, zone: ZoneInfo) -> str:
    return f"{words.whole_time(period.since, zone)} – {words.whole_time(period.until, zone)}"
