"""What users do with alerts: acknowledge, comment, release. Pages and REST call these alone.

Each takes the lifecycle's lock for its short transaction, writes the timeline, and wakes the
lifecycle, which tells the open pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from alerts import findings, folding
from alerts.models import Alert, AlertEvent, Kind, State

PERMISSION: Final = "alerts.change_alert"
MAY_DELETE: Final = "alerts.delete_alert"
MAX_COMMENT: Final = 2000


def acknowledge(
    user: Any, alerts: Iterable[int], now: datetime, comment: str = ""
) -> Sequence[Alert]:
    """Note that the user knows of these alerts; return those that nobody had acknowledged.

    Raises PermissionDenied, and ValueError for an overlong comment.
    """

    def act(alert: Alert) -> bool:
        if alert.is_acknowledged:
            return False
        alert.acknowledged_at, alert.acknowledged_by = now, user
        return True

    return _act(user, alerts, now, Kind.ACKNOWLEDGED, act, _checked(comment, required=False))


def comment(user: Any, alerts: Iterable[int], now: datetime, text: str) -> Sequence[Alert]:
    """Add a comment to each; return the alerts. Raises PermissionDenied, and ValueError."""
    return _act(user, alerts, now, Kind.COMMENTED, lambda _: True, _checked(text, required=True))


def release(user: Any, alerts: Iterable[int], now: datetime) -> Sequence[Alert]:
    """Release what is engaged and return it; a finding that comes later engages a new alert.

    Raises PermissionDenied.
    """

    def act(alert: Alert) -> bool:
        if not alert.is_engaged:
            return False
        alert.state, alert.released_at = State.RELEASED, now
        return True

    return _act(user, alerts, now, Kind.RELEASED, act, f"Released by {user.get_username()}")


def delete(user: Any, alerts: Iterable[int]) -> int:
    """Delete these alerts with their timelines; return how many there were.

    One whose condition still holds engages anew. Raises PermissionDenied.
    """
    if not user.has_perm(MAY_DELETE):
        raise PermissionDenied("to delete alerts takes the permission to")
    with transaction.atomic(), connection.cursor() as cursor:
        folding.lock(wait=True)
        ids = sorted(alerts)
        chosen = Alert.objects.filter(pk__in=ids)
        number = chosen.count()
        folding.forget(ids)
        chosen.delete()
        findings.wake(cursor, findings.ACTION)
    return number


def comments(alert: Alert) -> Sequence[AlertEvent]:
    """Return what users said of an alert, oldest first."""
    said = alert.events.filter(kind__in=[Kind.COMMENTED, Kind.ACKNOWLEDGED]).exclude(text="")
    return list(said.select_related("user").order_by("id"))


def _checked(text: str, *, required: bool) -> str:
    clean = text.replace("\0", "").strip()
    if required and not clean:
        raise ValueError("comment: there is no text")
    if len(clean) > MAX_COMMENT:
        raise ValueError(f"comment: longer than {MAX_COMMENT} characters")
    return clean


def _act(
    user: Any,
    alerts: Iterable[int],
    now: datetime,
    kind: Kind,
    act: Callable[[Alert], bool],
    text: str,
) -> Sequence[Alert]:
    """Do ``act`` to each alert and note it where it returns that something changed."""
    if not user.has_perm(PERMISSION):
        raise PermissionDenied("to act on alerts takes the permission to change them")
    with transaction.atomic(), connection.cursor() as cursor:
        folding.lock(wait=True)
        chosen = Alert.objects.select_for_update().filter(pk__in=list(alerts)).order_by("pk")
        changed = [alert for alert in chosen if act(alert)]
        write(changed, user, now, kind, text)
        findings.wake(cursor, findings.ACTION)
    return changed


def write(changed: Sequence[Alert], user: Any, now: datetime, kind: Kind, text: str) -> None:
    """Save changed alerts and note it in their timelines; ``user`` is None for the platform.

    The caller holds the lifecycle's lock, and wakes it.
    """
    columns = ["state", "released_at", "acknowledged_at", "acknowledged_by"]
    Alert.objects.bulk_update(changed, columns)
    folding.forget([alert.pk for alert in changed if not alert.is_engaged])
    AlertEvent.objects.bulk_create(
        AlertEvent(
            alert=alert,
            kind=kind,
            at=now,
            user=user,
            text=text,
            count=alert.count,
            score=alert.score,
        )
        for alert in changed
    )
