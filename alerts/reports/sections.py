"""The parts of a report: charts and tables of what was gathered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.evidence import title_of
from alerts.reports import charts, words
from alerts.reports.alerting import Alerts, Technique
from alerts.reports.document import CODE, NUMBER, Column, Figure, Row, Section, Table, Tile
from alerts.reports.subject import Kind
from alerts.reports.traffic import Pair, Rank, Traffic
from alerts.severity import severity_of
from monitoring.templatetags.units import bits_per_second, bytes_text, count, duration

_NO_TRAFFIC = "Nothing was summed for it: no agent observed such traffic in this period."
_NO_ALERTS = "No check raised an alert in this period."


def tiles(traffic: Traffic, alerts: Alerts) -> list[Tile]:
    """Return the numbers at the beginning."""
    peak, step = traffic.peak, duration(traffic.series.seconds)
    return [
        Tile("Traffic", bytes_text(traffic.bytes), _than(traffic.bytes, traffic.bytes_before)),
        Tile("Peak", bits_per_second(peak[1] if peak else None), f"average of {step}"),
        Tile("Flows", count(traffic.flows), "begun"),
        Tile("Alerts", count(alerts.total), _than(alerts.total, alerts.total_before)),
    ]


def _than(now: int, before: int) -> str:
    return words.change(now, before) if now or before else ""


def of_traffic(kind: Kind, found: Traffic, zone: ZoneInfo, now: datetime) -> list[Section]:
    """Return the sections of traffic."""
    flows = _flows_note(found, zone, now)
    names = "Application", "Host", "Country"
    sections = [
        _over_time(kind, found, zone),
        _ranks("Applications", names[0], found.applications, found, flows),
    ]
    if kind is not Kind.HOST:
        sections.append(_ranks("Top talkers", names[1], found.talkers, found, "both ways"))
    sections.append(_conversations(kind, found.conversations, found.bytes))
    title = "Countries"
    note = flows or "of the end beyond the border"
    return [*sections, _ranks(title, names[2], found.countries, found, note)]


def _flows_note(found: Traffic, zone: ZoneInfo, now: datetime) -> str:
    if found.flows_since is None:
        return ""
    is_cut = bool(found.series.times) and found.flows_since > found.series.times[0] + timedelta(1)
    since = f", which are kept since {words.day_and_time(found.flows_since, zone)}"
    return f"of stored flows{since if is_cut else ''}"


def _over_time(kind: Kind, found: Traffic, zone: ZoneInfo) -> Section:
    title, step = "Traffic over time", duration(found.series.seconds)
    if not found.bytes:
        return Section(title, empty=_NO_TRAFFIC)
    of = "by application" if kind in (Kind.SITE, Kind.INTERFACE) else "sent and received"
    picture = charts.area(found.series.times, found.series.lines, zone, bits_per_second)
    alt = f"Rate of traffic over time, {of}; a point is {step}."
    return Section(title, f"{of}, averages of {step}", Figure(picture, alt))


def _ranks(title: str, name: str, ranks: Sequence[Rank], found: Traffic, note: str) -> Section:
    if not ranks:
        return Section(title, empty=_why_none(title, found))
    is_host = name == "Host"
    columns = [
        Column(name, CODE if is_host else "text", 3.0),
        *([Column("Name", width=2.0)] if is_host else []),
        Column("Bytes", NUMBER),
        Column("Share", NUMBER, 0.7),
        Column("Flows", NUMBER, 0.8),
    ]
    whole = found.bytes if is_host else found.flow_bytes
    return Section(title, note, table=Table(columns, list(_rank_rows(ranks, whole, is_host))))


def _rank_rows(ranks: Sequence[Rank], whole: int, is_host: bool) -> Iterable[Row]:
    for one in ranks:
        names = [one.name, one.known] if is_host else [one.name]
        numbers = [bytes_text(one.bytes), words.share(one.bytes, whole), count(one.flows)]
        yield Row([*names, *numbers], one.bytes / whole if whole else 0.0)


def _why_none(title: str, found: Traffic) -> str:
    if not found.bytes:
        return _NO_TRAFFIC
    if title == "Countries":
        return "No address beyond the border has a known country."
    return "The flows of this period are not stored any more, or none has ended yet."


def _conversations(kind: Kind, pairs: Sequence[Pair], whole: int) -> Section:
    title = "Top peers" if kind is Kind.HOST else "Top conversations"
    if not pairs:
        return Section(title, empty=_NO_TRAFFIC if not whole else "No pair was summed on its own.")
    columns = [
        Column("Client", CODE, 3.0),
        Column("Server", CODE, 3.0),
        Column("Bytes", NUMBER),
        Column("Flows", NUMBER, 0.8),
    ]
    rows = [Row([one.client, one.server, bytes_text(one.bytes), count(one.flows)]) for one in pairs]
    return Section(title, "who opened it, to whom; both ways", table=Table(columns, rows))


def of_alerts(found: Alerts, zone: ZoneInfo) -> list[Section]:
    """Return the sections of alerts."""
    titles = "Alerts over time", "Alerts by check", "Gravest alerts", "MITRE ATT&CK", "Noise"
    if not found.total:
        return [Section("Alerts", empty=_NO_ALERTS)]
    return [
        _engaged(titles[0], found, zone),
        _by_check(titles[1], found),
        _gravest(titles[2], found, zone),
        _attack(titles[3], found.techniques),
        _noise(titles[4], found),
    ]


def _engaged(title: str, found: Alerts, zone: ZoneInfo) -> Section:
    starts = [datetime.fromtimestamp(start, UTC) for start in found.over_time.starts]
    lines = {name: [float(n) for n in line] for name, line in found.over_time.lines.items()}
    picture = charts.bars(starts, lines, zone, count)
    step = duration(found.over_time.seconds)
    note = f"when they engaged, by severity; a bar is {step}"
    return Section(title, note, Figure(picture, f"Alerts over time, {note}."))


def _by_check(title: str, found: Alerts) -> Section:
    columns = [
        Column("Check", width=3.0),
        Column("Gravest", width=1.0),
        Column("Alerts", NUMBER, 0.8),
        Column("Before", NUMBER, 0.8),
        Column("Trend", NUMBER, 0.8),
        Column("Findings", NUMBER),
    ]
    rows = [
        Row(
            [
                one.title,
                severity_of(found.worst_scores.get(one.check, 0)).value,
                count(one.fired),
                count(found.before.get(one.check, 0)),
                words.trend(one.fired, found.before.get(one.check, 0)),
                count(one.findings),
            ],
            one.fired / found.total,
        )
        for one in found.noise[:15]
    ]
    gone = [title_of(key) for key in found.before if key not in {n.check for n in found.noise}]
    quiet = f"; quiet since: {', '.join(sorted(gone)[:6])}" if gone else ""
    note = f"trend against the period before{quiet}"
    return Section(title, note, table=Table(columns, rows, "all alerts"))


def _gravest(title: str, found: Alerts, zone: ZoneInfo) -> Section:
    columns = [
        Column("Engaged", width=1.3),
        Column("Severity", width=1.2),
        Column("What", width=1.8),
        Column("Says", width=4.0),
        Column("State", width=0.9),
    ]
    rows = [
        Row(
            [
                words.day_and_time(one.engaged_at, zone),
                one.severity,
                title_of(one.check_key),
                one.message,
                one.state,
            ]
        )
        for one in found.worst
    ]
    return Section(title, "highest score first", table=Table(columns, rows))


def _attack(title: str, techniques: Sequence[Technique]) -> Section:
    if not techniques:
        return Section(title, empty="None of the checks that fired points to a technique.")
    columns = [
        Column("Technique", CODE, 1.0),
        Column("Name", width=3.0),
        Column("Tactic", width=2.0),
        Column("Alerts", NUMBER, 0.8),
        Column("Trend", NUMBER, 0.8),
        Column("About", NUMBER, 0.8),
    ]
    rows = [
        Row(
            [
                *(one.id, one.name or "not known here", one.tactic or "–", count(one.alerts)),
                *(words.trend(one.alerts, one.alerts_before), count(one.entities)),
            ]
        )
        for one in techniques[:15]
    ]
    note = "techniques that the alerts' checks point to; “about” counts whom they concern"
    return Section(title, note, table=Table(columns, rows))


def _noise(title: str, found: Alerts) -> Section:
    columns = [
        Column("Check", width=3.0),
        Column("Alerts", NUMBER, 0.8),
        Column("Share", NUMBER, 0.8),
        Column("Acknowledged", NUMBER, 1.2),
        Column("False alarms", NUMBER, 1.2),
        Column("Until acknowledged", NUMBER, 1.5),
    ]
    rows = [
        Row(
            [
                *(one.title, count(one.fired), words.share(one.fired, found.total)),
                *(count(one.acknowledged), count(one.false_alarms)),
                duration(one.median_to_acknowledge),
            ],
            one.fired / found.total,
        )
        for one in found.noise[:5]
    ]
    note = "the checks that fired most, and what people made of it; times are medians"
    return Section(title, note, table=Table(columns, rows, "all alerts"))
