"""Alerts that a check itself ends, by completing without a finding; no cool-down is awaited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from alerts import actions, findings, folding
from alerts.models import Alert, Kind, State


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
        actions.write(ended, None, now, Kind.RELEASED, reason)
        findings.wake(cursor, findings.ACTION)
    return [alert.pk for alert in ended]
