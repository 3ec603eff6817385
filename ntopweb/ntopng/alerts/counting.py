"""How many alerts there are: by type, by severity, and the most frequent and the worst."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from django.db.models import Count, Max, QuerySet

from alerts.evidence import title_of
from alerts.models import Alert
from alerts.severity import severity_of
from ntopweb.ntopng.alerts.choosing import chosen
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.families import LABELS
from ntopweb.ntopng.severities import SEVERITIES
from recipients.ntopng import number_of

VIEW: Final = "alerts.view_alert"
_ROWS: Final = 10
#: The report's tables do not wrap.
_LABEL: Final = 24


def by_type(asked: Asked) -> list[dict[str, Any]]:
    """Return each type's number of alerts, the most frequent first."""
    found: Counter[tuple[int, int, str]] = Counter()
    for row in _by_check(chosen(asked, timeless=True)):
        number = number_of(row["check_key"], row["family"])
        found[number.entity, number.alert, title_of(row["check_key"])] += row["number"]
    return [
        {
            "count": count,
            "entity_id": entity,
            "entity_label": LABELS[entity],
            "alert_id": alert,
            "name": title,
        }
        for (entity, alert, title), count in found.most_common()
    ]


def by_severity(asked: Asked) -> list[dict[str, Any]]:
    """Return each entity's number of alerts by severity, the most frequent first."""
    found: Counter[tuple[int, str]] = Counter()
    groups = chosen(asked, timeless=True).order_by().values("check_key", "family", "severity")
    for row in groups.annotate(number=Count("id")):
        entity = number_of(row["check_key"], row["family"]).entity
        found[entity, row["severity"]] += row["number"]
    return [
        {
            "count": count,
            "entity_id": entity,
            "entity_label": LABELS[entity],
            "severity": SEVERITIES[severity],
            "name": severity.capitalize(),
        }
        for (entity, severity), count in found.most_common()
    ]


def _by_check(alerts: QuerySet[Alert]) -> list[dict[str, Any]]:
    groups = alerts.order_by().values("check_key", "family")
    return [dict(row) for row in groups.annotate(number=Count("id"), worst=Max("score"))]


def top(asked: Asked) -> list[dict[str, Any]]:
    """Return the most frequent types with their percentage, and the worst with their severity.

    Without an alert there is one line that says so: ntopng's report fails on none.
    """
    return sections(chosen(asked, timeless=True))


def sections(alerts: QuerySet[Alert]) -> list[dict[str, Any]]:
    """Return the two sections of these alerts."""
    rows = _by_check(alerts)
    whole = sum(row["number"] for row in rows) or 1
    frequent = sorted(rows, key=lambda row: (-row["number"], row["check_key"]))[:_ROWS]
    worst = sorted(rows, key=lambda row: (-row["worst"], -row["number"], row["check_key"]))[:_ROWS]
    counted = [{**_line(row), "count": round(100 * row["number"] / whole)} for row in frequent]
    return [
        _section("by_count", "Count", counted or [{**_NONE, "count": 0}]),
        _section(
            "by_severity",
            "Severity",
            [{**_line(row), **_severity(row["worst"])} for row in worst]
            or [{**_NONE, "severity": "0", "severity_label": "-"}],
        ),
    ]


_NONE: Final = {"key": "alert_id", "value": 0, "label": "No alerts", "title": "No alerts"}


def _section(name: str, label: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": f"top_alerts_{name}",
        "label": f"Top Alerts by {label}",
        "tooltip": "",
        "value": rows,
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    title = title_of(row["check_key"])
    number = number_of(row["check_key"], row["family"]).alert
    return {"key": "alert_id", "value": number, "label": shortened(title), "title": title}


def shortened(title: str) -> str:
    """Return a title as long as a cell of the report's tables."""
    return title if len(title) <= _LABEL else f"{title[: _LABEL - 1].rstrip()}…"


def _severity(score: int) -> dict[str, str]:
    severity = severity_of(score)
    return {"severity": str(SEVERITIES[severity]), "severity_label": severity.capitalize()}


def top_of_flows(asked: Asked) -> list[dict[str, Any]]:
    """Return the most frequent types, clients, servers and applications of flow alerts."""
    alerts = chosen(asked, "flow", timeless=True)
    whole = alerts.count() or 1
    types = [
        {**_line(row), "count": round(100 * row["number"] / whole)}
        for row in sorted(_by_check(alerts), key=lambda row: -row["number"])[:_ROWS]
    ]
    cards = [("alert_id", "Alerts", types)]
    for key, label, column in (
        ("cli_ip", "Clients", "client"),
        ("srv_ip", "Servers", "server"),
        ("l7proto", "Applications", "flows__0__application"),
    ):
        cards.append((key, label, _most(alerts, key, column, whole)))
    return [
        {"name": f"top_{key}", "label": f"Top {label}", "tooltip": "", "value": rows}
        for key, label, rows in cards
    ]


def _most(alerts: QuerySet[Alert], key: str, column: str, whole: int) -> list[dict[str, Any]]:
    """Return the most frequent values of a column."""
    groups = alerts.exclude(**{f"{column}__isnull": True}).order_by().values(column)
    counted = groups.annotate(number=Count("id")).order_by("-number", column)[:_ROWS]
    return [
        {
            "key": key,
            "value": str(row[column]),
            "label": shortened(str(row[column])),
            "title": str(row[column]),
            "count": round(100 * row["number"] / whole),
        }
        for row in counted
    ]


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/alert/type/counters": reads(by_type, VIEW),
    "get/alert/severity/counters": reads(by_severity, VIEW),
    "get/alert/top": reads(top, VIEW),
    "get/flow/alert/top": reads(top_of_flows, VIEW),
}
