"""What is not needed any more: messages too old to be sent, orphans, old records."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min

from alerts import findings
from alerts.models import AlertEvent
from alerts.models.event import CHANGES
from recipients.models import Delivery, Group

#: A group without anything to tell is forgotten after so long.
_IDLE: Final = timedelta(days=2)
#: Events are decided about within seconds; so long is a backlog.
_PATIENCE: Final = timedelta(minutes=2)
_BATCH: Final = 5000


def give_up(now: datetime) -> int:
    """Make messages that were attempted for too long dead letters; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE recipients_delivery AS d
               SET state = 'dead', outcome = format('too old after %%s h: %%s',
                   r.give_up_hours, coalesce(nullif(d.outcome, ''), 'its endpoint was disabled'))
               FROM recipients_recipient AS r
               WHERE d.recipient_id = r.id AND d.state = 'waiting'
                   AND d.created_at < %s - make_interval(hours => r.give_up_hours::int)
               RETURNING r.name""",
            [now],
        )
        names = [row[0] for row in cursor.fetchall()]
    for name in dict.fromkeys(names):
        count = names.count(name)
        message = f"{count} messages to {name} got too old and are dead letters"
        findings.report("delivery_too_old", name, message, {"messages": count}, score=50)
    return len(names)


def tell_backlog(now: datetime) -> int:
    """Raise a system alert when events wait too long to be decided about; return how many do."""
    outbox = AlertEvent.objects.filter(dispatched_at__isnull=True, kind__in=list(CHANGES))
    found = outbox.filter(at__lt=now - _PATIENCE).aggregate(count=Count("id"), oldest=Min("at"))
    if count := int(found["count"]):
        seconds = (now - found["oldest"]).total_seconds()
        message = f"{count} events of alerts wait to be told, the oldest for {seconds:.0f} s"
        findings.report("outbox_backlog", "recipients", message, {"events": count})
    return count


def cancel_orphans() -> int:
    """Cancel what waits for recipients that were removed; return how many messages."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, recipient__isnull=True)
    return waiting.update(
        state=Delivery.State.CANCELLED, outcome="the recipient was removed before it was sent"
    )


def delete_old(now: datetime) -> int:
    """Delete deliveries before the alerts' retention, and idle groups; return how many rows."""
    before = now - timedelta(days=settings.RETENTION_DAYS["alert"])
    old = Delivery.objects.exclude(state=Delivery.State.WAITING).filter(created_at__lt=before)
    deleted = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        deleted += Delivery.objects.filter(pk__in=ids).delete()[0]
    idle = Group.objects.filter(
        flush_at__isnull=True, repeat_at__isnull=True, flushed_at__lt=now - _IDLE
    )
    return deleted + idle.delete()[0]
