"""Which alerts: the one filter of the REST list and of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Prefetch, Q, QuerySet

from alerts.models import Alert, AlertEvent, Kind, State
from monitoring.history.addresses import within

#: States to ask for. Acknowledged and open alerts may be engaged or released.
STATES: Final = {
    "engaged": Q(state=State.ENGAGED),
    "released": Q(state=State.RELEASED),
    "acknowledged": Q(acknowledged_at__isnull=False),
    "open": Q(state=State.ENGAGED, acknowledged_at__isnull=True),
}
#: Orders to ask for, and their columns.
ORDERINGS: Final = {
    "id": "id",
    "first_seen": "first_seen",
    "last_seen": "last_seen",
    "engaged_at": "engaged_at",
    "score": "score",
    "count": "count",
}


@dataclass(frozen=True)
class AlertFilter:
    """What is asked for; an empty field asks nothing. ``host`` is an address or a network."""

    check: str = ""
    family: str = ""
    state: str = ""
    severity: str = ""
    host: str = ""
    interfaces: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_score: int = 0
    search: str = ""

    def narrow(self, alerts: QuerySet[Alert]) -> QuerySet[Alert]:
        """Return the alerts that are asked for; raises ValueError for a wrong host."""
        if self.state:
            alerts = alerts.filter(STATES[self.state])
        if self.host:
            alerts = alerts.filter(within("client", self.host) | within("server", self.host))
        for word in self.search.split():
            alerts = alerts.filter(_about(word))
        return alerts.filter(**self._exact())

    def _exact(self) -> dict[str, object]:
        exact: dict[str, object] = {
            "check_key": self.check,
            "family": self.family,
            "severity": self.severity,
            "last_seen__gte": self.since,
            "first_seen__lte": self.until,
            "score__gte": self.min_score,
        }
        narrowed = {name: value for name, value in exact.items() if value}
        return (
            narrowed if self.interfaces is None else {**narrowed, "interface__in": self.interfaces}
        )


def _about(word: str) -> Q:
    """Return the condition for an address or a network, else for part of the words of an alert."""
    try:
        return within("client", word) | within("server", word)
    except ValueError:
        words = Q(entity__icontains=word) | Q(message__icontains=word)
        return words | Q(check_key__icontains=word)


def with_comments(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Return the alerts with their interface, and what users said of them in ``said``."""
    said = AlertEvent.objects.filter(kind__in=[Kind.COMMENTED, Kind.ACKNOWLEDGED])
    prefetch = Prefetch("events", said.exclude(text="").select_related("user"), to_attr="said")
    return alerts.select_related("interface", "acknowledged_by").prefetch_related(prefetch)
