"""What a report says in sentences. Pure: facts in, words out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.evidence import title_of
from alerts.reports.alerting import Alerts
from alerts.reports.traffic import Traffic
from alerts.severity import severity_of
from monitoring.templatetags.units import bits_per_second, bytes_text, count


def summary(traffic: Traffic, alerts: Alerts, zone: ZoneInfo) -> list[str]:
    """Return the paragraphs at a report's beginning: traffic, then alerts."""
    return [" ".join(_of_traffic(traffic, zone)), " ".join(_of_alerts(alerts))]


def _of_traffic(found: Traffic, zone: ZoneInfo) -> Iterator[str]:
    if not found.bytes:
        yield "No traffic was seen in this period."
        return
    ways = ""
    if found.sent is not None and found.received is not None:
        ways = f" ({bytes_text(found.sent)} sent, {bytes_text(found.received)} received)"
    than = change(found.bytes, found.bytes_before)
    yield f"{bytes_text(found.bytes)}{ways} moved in {plural(found.flows, 'flow')}, {than}."
    if found.applications and found.flow_bytes:
        first, *others = found.applications[:3]
        after = f", followed by {' and '.join(one.name for one in others)}" if others else ""
        part = share(first.bytes, found.flow_bytes)
        yield f"The greatest part was {first.name} ({part}){after}."
    if found.talkers:
        first = found.talkers[0]
        name = f"{first.known} ({first.name})" if first.known else first.name
        yield f"The busiest host was {name} with {bytes_text(first.bytes)}."
    if found.peak:
        at, rate = found.peak
        yield f"It was busiest at {day_and_time(at, zone)}, with {bits_per_second(rate)}."


def _of_alerts(found: Alerts) -> Iterator[str]:
    if not found.total:
        before = f", after {plural(found.total_before, 'alert')} in the period before"
        yield f"No check raised an alert{before if found.total_before else ''}."
        return
    than = change(found.total, found.total_before)
    still = f"; {count(found.still_engaged)} still engaged" if found.still_engaged else ""
    yield f"{plural(found.total, 'alert')} engaged, {than}{still}."
    if found.worst:
        worst = found.worst[0]
        grave = severity_of(worst.score).value
        yield f"The gravest was {title_of(worst.check_key)} of {worst.entity} ({grave})."
    if found.techniques:
        tactics = list(dict.fromkeys(one.tactic for one in found.techniques if one.tactic))
        names = f" ({', '.join(tactics[:3])})" if tactics else ""
        yield f"They point to {plural(len(found.techniques), 'technique')} of MITRE ATT&CK{names}."
    noisiest = found.noise[0]
    if found.total > 1:
        yield f"The noisiest check was {noisiest.title} with {share(noisiest.fired, found.total)}."


def change(now: int, before: int) -> str:
    """Return how a number compares with that of the period before."""
    if not before:
        return "none in the period before" if now else "as in the period before"
    ratio = now / before
    if ratio >= 10:
        return f"{ratio:,.0f} times the period before"
    percent = round(100 * (ratio - 1))
    if not percent:
        return "as much as in the period before"
    return f"{abs(percent)} % {'more' if percent > 0 else 'less'} than in the period before"


def trend(now: int, before: int) -> str:
    """Return the change in a cell of a table: "+3", "−2", "0", or "new"."""
    if now and not before:
        return "new"
    return f"{now - before:+,}".replace("-", "−") if now != before else "0"


def share(part: int, whole: int) -> str:
    """Return a part of a whole in per cent."""
    percent = 100 * part / whole if whole else 0.0
    return "< 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


def plural(number: int, noun: str) -> str:
    """Return "1 alert" or "2 alerts"."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def day_and_time(at: datetime, zone: ZoneInfo) -> str:
    """Return a time as "Tue 24 Nov 13:05"."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def whole_time(at: datetime, zone: ZoneInfo) -> str:
    """Return a time as "24 November 2026, 13:05"."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M}"
