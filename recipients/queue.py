"""Recipients' queues: waking, claiming for a time, and what a success or a failure does to them.

A worker that dies keeps its queue until the lease is over; the next one goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import connection, transaction

from recipients.backoff import pause
from recipients.models import Delivery, Queue

#: Seconds of a lease beyond what an attempt may take.
GRACE: Final = 5.0


class LeaseLost(Exception):
    """Another worker has taken the queue, because this one was too slow."""


def wake(recipient: int, now: datetime) -> None:
    """Have a queue worked off; one that waits after a failure goes on waiting."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO recipients_queue AS q (recipient_id, due_at, failures)
               VALUES (%s, %s, 0)
               ON CONFLICT (recipient_id) DO UPDATE SET
                   due_at = coalesce(q.due_at, excluded.due_at)""",
            [recipient, now],
        )


def due(now: datetime, limit: int = 100) -> Sequence[int]:
    """Return the recipients whose queue may go on and is nobody's."""
    free = Queue.objects.filter(due_at__lte=now, **_MAY_SEND)
    free = free.exclude(leased_until__gt=now).order_by("due_at")
    return list(free.values_list("recipient_id", flat=True)[:limit])


_MAY_SEND: Final = {"recipient__is_enabled": True, "recipient__endpoint__is_enabled": True}


def claim(recipient: int, now: datetime, seconds: float) -> UUID | None:
    """Take a queue for some seconds and return the lease; None while another has it."""
    lease = uuid4()
    with transaction.atomic():
        rows = Queue.objects.select_for_update(skip_locked=True, of=("self",))
        free = rows.filter(recipient=recipient, due_at__lte=now, **_MAY_SEND)
        found = free.exclude(leased_until__gt=now).first()
        if found is None:
            return None
        found.lease = lease
        found.leased_until = now + timedelta(seconds=seconds + GRACE)
        found.save(update_fields=["lease", "leased_until"])
    return lease


def held(recipient: int, lease: UUID) -> Queue:
    """Return the locked queue, inside a transaction; raises LeaseLost when it is another's."""
    found = Queue.objects.select_for_update().filter(recipient=recipient, lease=lease).first()
    if found is None:
        raise LeaseLost
    return found


def extend(queue: Queue, now: datetime, seconds: float) -> None:
    """Keep a held queue for an attempt of so many seconds."""
    queue.leased_until = now + timedelta(seconds=seconds + GRACE)
    queue.save(update_fields=["leased_until"])


def succeed(queue: Queue) -> None:
    """Note that a held queue goes well."""
    if queue.failures:
        queue.failures = 0
        queue.save(update_fields=["failures"])


def fail(queue: Queue, now: datetime, chance: float, retry_after: float | None) -> float:
    """Let go of a held queue until it has paused; return the seconds."""
    queue.failures += 1
    seconds = pause(queue.failures, chance, retry_after)
    queue.due_at = now + timedelta(seconds=seconds)
    queue.lease = queue.leased_until = None
    queue.save(update_fields=["failures", "due_at", "lease", "leased_until"])
    return seconds


def release(recipient: int, lease: UUID) -> None:
    """Let go of a queue; it is due no more if nothing waits in it."""
    with transaction.atomic():
        queue = held(recipient, lease)
        # A statement of its own, after the lock: it sees what was committed until now.
        waits = Delivery.objects.filter(recipient=recipient, state=Delivery.State.WAITING).exists()
        queue.due_at = queue.due_at if waits else None
        queue.lease = queue.leased_until = None
        queue.save(update_fields=["due_at", "lease", "leased_until"])
