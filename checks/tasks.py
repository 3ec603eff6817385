"""Background work of this app, and the refresh of blacklists, which checks are the readers of."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from checks import retention
from checks.backtests import running
from monitoring.lists.refresh import refresh_due


@shared_task
def refresh_blacklists() -> int:
    """Read the blacklists whose time has come; return how many were read."""
    return refresh_due(timezone.now())


@shared_task
def run_back_test(pk: int) -> None:
    """Run a back-test that waits; its row keeps the progress and the result."""
    running.run(pk)


@shared_task
def prune() -> int:
    """Remove results of shadows and back-tests after their time; return how many rows."""
    return retention.prune(timezone.now())
