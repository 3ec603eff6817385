"""PagerDuty, by the Events API v2: an alert is an incident, its end resolves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.message import Item, shorten
from recipients.parameters import secret, url

_ACTIONS = {"released": "resolve", "acknowledged": "acknowledge"}
_SEVERITIES = {"emergency": "critical", "critical": "critical", "error": "error"}
_SEVERITIES |= {"warning": "warning"}


@dataclass(frozen=True)
class Pagerduty(Service):
    """A service's integration."""

    title = "PagerDuty"
    icon = "emergency"
    hint = "An integration of a service: Services, Integrations, Events API V2."
    one_by_one = True
    deduplicates = True
    final_statuses = frozenset({401, 403, 404, 410})

    integration_key: str = secret(
        "Integration key", is_required=True, pattern=r"[A-Za-z0-9]{20,64}", looks="32 characters"
    )
    api: str = url("API", "https://events.pagerduty.com", help="EU: events.eu.pagerduty.com.")

    def send(self, to: Addressee, message: Message, out: Outbound) -> Answer:
        """Send the message's one alert as an event."""
        target = f"{self.api.rstrip('/')}/v2/enqueue"
        return self.post(out, target, self.event(message.items[0], message.key, message.is_test))

    def event(self, item: Item, key: str, is_test: bool = False) -> dict[str, Any]:
        """Return the event; the incident's key is the alert's fingerprint, a test's its own."""
        details = {
            name: value
            for name, value in item.as_json().items()
            if value and name not in ("ntopng", "url", "fingerprint")
        }
        made: dict[str, Any] = {
            "routing_key": self.integration_key,
            "event_action": _ACTIONS.get(item.kind, "trigger"),
            "dedup_key": key if is_test else f"{item.fingerprint}-{item.alert}",
            "client": "ntopweb",
            "payload": {
                "summary": shorten(f"{item.title}: {item.message}", 1024),
                "source": shorten(item.entity or "ntopweb", 255),
                "severity": _SEVERITIES.get(item.severity, "info"),
                "timestamp": item.at,
                "component": item.interface or "ntopweb",
                "group": item.family,
                "class": item.check,
                "custom_details": details,
            },
        }
        if item.url:
            made |= {"client_url": item.url, "links": [{"href": item.url, "text": "The alert"}]}
        return made
