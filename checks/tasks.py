"""Background work of this app, and the refresh of blacklists, which checks are the readers of."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from monitoring.lists.refresh import refresh_due


@shared_task
def refresh_blacklists() -> int:
    """Read the blacklists whose time has come; return how many were read."""
    return refresh_due(timezone.now())
