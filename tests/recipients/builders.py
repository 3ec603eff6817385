"""Alerts, events, endpoints and recipients with defaults: say only what the test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.urls import reverse

from alerts.models import Alert, AlertEvent
from alerts.severity import severity_of
from recipients.matching import Filter
from recipients.models import Decision, Delivery, Endpoint, Recipient, Silence
from recipients.occurrence import Occurrence
from recipients.planning import Policy
from recipients.windows import Hours
from tests.monitoring.builders import an_interface

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_numbers = count(1)
_ids = count(1)


def an_alert(check: str = "syn_scan", **fields: Any) -> Alert:
    """Make an engaged alert about a host, without an event."""
    number = next(_numbers)
    at = fields.pop("at", NOON)
    score = fields.setdefault("score", 100)
    interface = fields.pop("interface", ...)
    said = {
        "check_key": check,
        "check_id": 7,
        "family": "host",
        "frame": "host",
        "interface": an_interface() if interface is ... else interface,
        "identity": f"thing {number}",
        "entity": "10.0.0.1",
        "client": "10.0.0.1",
        "attacker": "10.0.0.1",
        "severity": str(severity_of(score)),
        "count": 1,
        "first_seen": at,
        "last_seen": at,
        "cooldown": 60.0,
        "quiet_at": at + MINUTE,
        "engaged_at": at,
        "noted_at": at,
        "heard_at": at,
        "message": f"10.0.0.1 did thing {number}",
    }
    return Alert.objects.create(**{**said, **fields})


def an_event(alert: Alert | None = None, kind: str = "engaged", **fields: Any) -> AlertEvent:
    """Make an event in the outbox; a release or acknowledgement changes the alert too."""
    alert = alert or an_alert()
    at = fields.pop("at", NOON)
    if kind == "released":
        alert.state, alert.released_at = "released", at
    if kind == "acknowledged":
        alert.acknowledged_at = at
    alert.save()
    said = {"at": at, "count": alert.count, "score": alert.score}
    return AlertEvent.objects.create(alert=alert, kind=kind, **{**said, **fields})


def an_endpoint(kind: str = "webhook", name: str = "", **parameters: Any) -> Endpoint:
    """Make an endpoint; a webhook needs no parameters."""
    if kind == "webhook":
        parameters.setdefault("url", "http://127.0.0.1:9/hook")
    endpoint = Endpoint(name=name or f"{kind} {next(_numbers)}", kind=kind)
    endpoint.configure(parameters)
    endpoint.save()
    return endpoint


def a_recipient(name: str = "ops", endpoint: Endpoint | None = None, **fields: Any) -> Recipient:
    """Make a recipient that is told everything at once, one message per alert, without a cap."""
    said = {"mode": "single", "messages_per_hour": 0, "minimum_severity": "info"}
    recipient = Recipient(name=name, endpoint=endpoint or an_endpoint(), **{**said, **fields})
    recipient.full_clean()
    recipient.save()
    return recipient


def an_occurrence(kind: str = "engaged", **fields: Any) -> Occurrence:
    """Return an event as the plan sees it."""
    number = next(_ids)
    score = fields.setdefault("score", 100)
    severity = severity_of(score)
    labels = {
        "check": ("syn_scan",),
        "category": ("network",),
        "family": ("host",),
        "severity": (str(severity),),
        "host": ("10.0.0.1",),
        "client": ("10.0.0.1",),
        "interface": ("eth0",),
    }
    said: dict[str, Any] = {
        "event": number,
        "kind": kind,
        "at": NOON,
        "alert": number,
        "fingerprint": f"{number:032x}",
        "severity": str(severity),
        "rank": severity.rank,
        "is_engaged": kind != "released",
        "is_acknowledged": kind == "acknowledged",
        "interface_id": 1,
    }
    given = {name: value for name, value in fields.items() if name != "labels"}
    return Occurrence(**{**said, **given}, labels={**labels, **fields.get("labels", {})})


def a_policy(**fields: Any) -> Policy:
    """Return a recipient as the plan sees it: told everything at once."""
    said = {"id": 1, "name": "ops", "filter": Filter(), "hours": Hours.parse("", "UTC")}
    return Policy(**{**said, **fields})


def waiting() -> list[Delivery]:
    """Return the deliveries that wait, in the order of the queue."""
    return list(Delivery.objects.filter(state="waiting").order_by("id"))


def told(stub: Any) -> list[tuple[Any, Any]]:
    """Return the alerts and kinds that a stub accepted, in order."""
    return [(one["alert"], one["kind"]) for r in stub.requests for one in r.json["alerts"]]


def outcomes(**filters: Any) -> list[str]:
    """Return what was decided, in order."""
    return list(Decision.objects.filter(**filters).order_by("id").values_list("outcome", flat=True))


def a_silence(matchers: str = "check = syn_scan", **fields: Any) -> Silence:
    """Make a silence an hour around noon."""
    said = {"starts_at": NOON - HOUR, "ends_at": NOON + HOUR, "comment": "upgrade"}
    return Silence.objects.create(matchers=matchers, **{**said, **fields})


def admin_url(model: str, what: str = "changelist", *args: Any) -> str:
    """Return the address of a page of the admin."""
    return reverse(f"admin:recipients_{model}_{what}", args=args)
