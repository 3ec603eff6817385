"""Alerts that a check itself ends, by completing without a finding; no cool-down is awaited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from alerts import findings, folding
from alerts.models import Alert, AlertEvent, Kind, State


def end(
    check: str, interface_id: int, identities: Sequence[str], now: datetime, reason: str
) -> list[int]:
    """Release the engaged alerts of the check on the interface with these identities.

    Returns their ids. Takes the lifecycle's lock for a short transaction, and wakes it.
    """
    engaged = Alert.objects.filter(
        check_key=check, interface_id=interface_id, identity__in=identities, state=State.ENGAGED
    )
    if not engaged.exists():
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        folding.lock(wait=True)
        ended = list(engaged.select_for_update().order_by("pk"))
        for alert in ended:
            alert.state, alert.released_at = State.RELEASED, now
        Alert.objects.bulk_update(ended, ["state", "released_at"])
        folding.forget([alert.pk for alert in ended])
        AlertEvent.objects.bulk_create(_event(alert, now, reason) for alert in ended)
        findings.wake(cursor, findings.ACTION)
    return [alert.pk for alert in ended]


def _event(alert: Alert, now: datetime, reason: str) -> AlertEvent:
    return AlertEvent(
        alert=alert, kind=Kind.RELEASED, at=now, text=reason, count=alert.count, score=alert.score
    )
