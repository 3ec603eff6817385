"""``manage.py settle``: wait until everything that was stored is worked through."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from alerts.lifecycle import backlog

#: Seconds between two looks.
_INTERVAL = 0.2


def waiting_findings() -> int:
    """Return how many findings the lifecycle worker has not folded into alerts."""
    return int(backlog(timezone.now()).findings)


#: What must be down to 0, in words, and how much of it there is.
STAGES: dict[str, Callable[[], int]] = {"findings": waiting_findings}


class Command(BaseCommand):
    """Ends when nothing waits; `up --exit-when-done` runs it once the captures are replayed."""

    help = "Wait until all that was stored is checked and its findings are alerts."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at each stage in the order of the data, until it is empty."""
        for name, count in STAGES.items():
            while waiting := count():
                self.stdout.write(f"{waiting} {name} wait")
                time.sleep(_INTERVAL)
