"""Dead letters into their queues again, with their old keys: who has one already can tell."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from recipients import queue
from recipients.models import Delivery


@transaction.atomic
def resend(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """Send dead letters of recipients that are there again; return how many.

    They are as new: given up only when they get too old again.
    """
    dead = deliveries.filter(state=Delivery.State.DEAD, recipient__isnull=False)
    dead = dead.exclude(reason=Delivery.Reason.TEST)
    rows = dict(dead.values_list("pk", "recipient"))
    Delivery.objects.filter(pk__in=rows).update(state=Delivery.State.WAITING, created_at=now)
    for recipient in sorted({pk for pk in rows.values() if pk}):
        queue.wake(recipient, now)
    return len(rows)
