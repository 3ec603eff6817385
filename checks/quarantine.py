"""Checks whose expression failed at run time: stopped until somebody saves them again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from checks.models import CheckSetting


def quarantine(failures: Iterable[tuple[str, str]], now: datetime) -> list[str]:
    """Stop the failed checks and keep the error; return the keys of those that were running.

    The caller raises one system alert for each. A check comes back when it is saved again.
    """
    stopped = []
    for key, error in failures:
        running = CheckSetting.objects.filter(key=key, quarantined_at=None)
        if running.update(quarantined_at=now, quarantine_error=error, updated_at=now):
            stopped.append(key)
    return stopped
