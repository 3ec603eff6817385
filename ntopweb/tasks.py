"""Background work that spans apps; each task calls one function."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from ntopweb.periodic import run, run_sums


@shared_task
def run_periodic_checks() -> int:
    """Evaluate the checks that the clock runs; return how many findings there were."""
    return run(timezone.now())


@shared_task
def run_threshold_rules() -> int:
    """Evaluate the limits on sums of traffic; return how many findings there were."""
    return run_sums(timezone.now())
