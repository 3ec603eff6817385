"""What Celery runs for this app."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from monitoring import compaction, retention
from monitoring.ingest import hosts


@shared_task
def fold_traffic() -> int:
    """Fold the partial sums that wait into the roll-ups; return how many parts."""
    return compaction.compact()


@shared_task
def close_stale_flows() -> int:
    """Close flows whose agent went silent; return how many."""
    return retention.close_stale(timezone.now())


@shared_task
def keep_retention() -> list[str]:
    """Make parts ahead and drop those past their retention; return the dropped ones' names."""
    now = timezone.now()
    retention.prepare(now)
    return retention.expire(now)


@shared_task
def trim_hosts() -> int:
    """Delete silent remote hosts while places run short; return how many."""
    return hosts.trim(timezone.now())
