"""What is said of alerts: the same words for who follows and for who missed something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from alerts.models import AlertEvent

#: A message tells of so many events; who is further behind reads the page anew.
MOST_EVENTS: Final = 50


def last_event() -> int:
    """Return the id of the newest event, 0 if there is none."""
    newest = AlertEvent.objects.order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def alerts_since(after: int) -> dict[str, Any]:
    """Return the message of what happened after an event.

    ``events`` are the newest, oldest first; with ``complete`` false there were more, and the page
    is to be read anew.
    """
    newest = list(
        AlertEvent.objects.filter(id__gt=after)
        .select_related("alert", "user")
        .order_by("-id")[: MOST_EVENTS + 1]
    )
    return {
        "kind": "alerts",
        "previous": after,
        "last": newest[0].pk if newest else after,
        "complete": len(newest) <= MOST_EVENTS,
        "events": [_event(event) for event in reversed(newest[:MOST_EVENTS])],
        "engaged": engaged(),
    }


def _event(event: AlertEvent) -> dict[str, Any]:
    alert = event.alert
    return {
        "id": event.pk,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "user": event.user.get_username() if event.user else "",
        "alert": {
            "id": alert.pk,
            "check": alert.check_key,
            "family": alert.family,
            "entity": alert.entity,
            "severity": alert.severity,
            "score": alert.score,
            "state": alert.state,
            "acknowledged": alert.is_acknowledged,
            "count": alert.count,
            "last_seen": alert.last_seen.isoformat(),
            "message": alert.message,
        },
    }


def engaged() -> dict[str, Any]:
    """Return how many alerts are engaged, by severity, and how many nobody has acknowledged."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT severity, count(*), count(*) FILTER (WHERE acknowledged_at IS NULL)
               FROM alerts_alert WHERE state = 'engaged' GROUP BY severity"""
        )
        rows: Sequence[tuple[str, int, int]] = cursor.fetchall()
    return {
        "total": sum(count for _, count, _ in rows),
        "unacknowledged": sum(open_ for _, _, open_ in rows),
        "by_severity": {severity: count for severity, count, _ in rows},
    }
