"""What is not needed any more: flows that ended and were counted, alerts long over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from alerts.models import Alert, ExternalEvent, Finding, State

#: How long a flow that ended is remembered: batches of one agent may overtake each other.
ENDED: Final = timedelta(minutes=10)
#: So many alerts are deleted in one statement.
_BATCH: Final = 5000


def forget_ended_flows(now: datetime) -> int:
    """Forget counted flows that ended some time ago: they have no more rows; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM alerts_countedflow WHERE ended_at < %s", [now - ENDED])
        return int(cursor.rowcount)


def delete_old(now: datetime) -> int:
    """Delete alerts released, and findings set aside, before the retention; return how many."""
    before = now - timedelta(days=settings.RETENTION_DAYS["alert"])
    old = Alert.objects.filter(state=State.RELEASED, released_at__lt=before).order_by("pk")
    deleted = 0
    while ids := list(old.values_list("pk", flat=True)[:_BATCH]):
        Alert.objects.filter(pk__in=ids).delete()
        deleted += len(ids)
    ExternalEvent.objects.filter(at__lt=before).delete()
    Finding.objects.filter(status=Finding.Status.FAILED, created_at__lt=before).delete()
    return deleted
