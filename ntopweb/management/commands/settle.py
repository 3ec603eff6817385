"""``manage.py settle``: wait until everything that was stored is worked through."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from alerts.lifecycle import backlog

#: Seconds between two looks.
_INTERVAL = 0.2
#: Seconds between two lines about what still waits.
_PATIENCE = 5.0


def waiting_findings() -> int:
    """Return how many findings the lifecycle worker has not folded into alerts."""
    return int(backlog(timezone.now()).findings)


def waiting_sums(last: int) -> int:
    """Return how many roll-up parts up to the number ``last`` are not folded into the traffic."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM traffic_part WHERE id <= %s", [last])
        return int(cursor.fetchone()[0])


def last_sum() -> int:
    """Return the number of the newest roll-up part; 0 when none waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM traffic_part")
        return int(cursor.fetchone()[0])


class Command(BaseCommand):
    """Ends when nothing waits; `up --exit-when-done` runs it once the captures are replayed."""

    help = "Wait until all that was stored is checked and its findings are alerts."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at each stage in the order of the data, until it is empty."""
        last = last_sum()  # what comes later is another capture's
        stages: dict[str, Callable[[], int]] = {
            "findings": waiting_findings,
            "sums of traffic": lambda: waiting_sums(last),
        }
        for name, count in stages.items():
            self.wait(name, count)

    def wait(self, name: str, count: Callable[[], int]) -> None:
        """Wait until ``count`` is down to 0, with a line when that takes long."""
        said_at = time.monotonic()
        while waiting := count():
            if time.monotonic() - said_at > _PATIENCE:
                said_at = time.monotonic()
                self.stdout.write(f"{waiting} {name} wait")
            time.sleep(_INTERVAL)
