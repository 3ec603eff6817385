"""An alert's event as a message tells it, kept as it was."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from alerts.evidence import title_of
from alerts.models import AlertEvent
from alerts.severity import severity_of
from recipients.message import Item
from recipients.ntopng import alert_json, category_of
from recipients.occurrence import fingerprint


def item_of(event: AlertEvent, *, with_ntopng: bool) -> Item:
    """Return what a message says of an event, whose alert and interface are loaded."""
    alert = event.alert
    return Item(
        kind=event.kind,
        at=event.at.isoformat(),
        alert=alert.pk,
        fingerprint=fingerprint(alert.check_id, alert.identity, alert.interface_id),
        check=alert.check_key,
        title=title_of(alert.check_key),
        severity=str(severity_of(event.score)),
        score=event.score,
        category=category_of(alert.check_key),
        family=alert.family,
        entity=alert.entity,
        interface=alert.interface.name if alert.interface else "",
        client=alert.client or "",
        server=alert.server or "",
        attacker=alert.attacker or "",
        victim=alert.victim or "",
        vlan=alert.vlan,
        message=alert.message,
        count=event.count,
        first_seen=alert.first_seen.isoformat(),
        last_seen=alert.last_seen.isoformat(),
        attack=alert.attack,
        url=url_of(alert.pk),
        ntopng=alert_json(alert, event.kind) if with_ntopng else {},
    )


def url_of(alert: int) -> str:
    """Return the address of an alert's page; "" where the operator has not named the pages'."""
    path = reverse("alert", args=[alert])
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else ""
