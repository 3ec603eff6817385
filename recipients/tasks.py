"""Background work of this app; each task calls one function.

A task that waited longer than ``expires`` is dropped: the next one does its work.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from recipients import reports, retention, rounds, sending


@shared_task(expires=10)
def decide() -> int:
    """Decide about new events and make messages of groups; return how many were looked at."""
    return rounds.decide(timezone.now())


@shared_task(expires=10)
def send() -> int:
    """Attempt the deliveries that are due; return how many were sent."""
    return sending.send(timezone.now())


@shared_task(expires=60)
def clean_up() -> int:
    """Give up what is too old, cancel orphans, tell of a backlog; return how many messages."""
    now = timezone.now()
    retention.tell_backlog(now)
    return retention.give_up(now) + retention.cancel_orphans()


@shared_task
def delete_old() -> int:
    """Delete records older than they are kept; return how many rows."""
    return retention.delete_old(timezone.now())


@shared_task
def send_report(schedule: int) -> int:
    """Make a scheduled report of the period that is over and queue it; return how many."""
    return reports.send(schedule, timezone.now())
