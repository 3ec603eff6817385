"""Background work of this app; each task calls one function."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts import retention
from alerts.reports import making


@shared_task
def forget_ended_flows() -> int:
    """Forget counted flows that ended; return how many."""
    return retention.forget_ended_flows(timezone.now())


@shared_task
def delete_old_alerts() -> int:
    """Delete alerts that are over for longer than they are kept; return how many."""
    return retention.delete_old(timezone.now())


@shared_task
def make_report(pk: int) -> bool:
    """Make a report that waits; return whether it was made."""
    return making.make(pk)


@shared_task
def delete_old_reports() -> int:
    """Delete reports that are older than they are kept; return how many."""
    return making.delete_old(timezone.now())
