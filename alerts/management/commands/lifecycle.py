"""``python manage.py lifecycle``: run the worker that makes alerts of findings."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from alerts.worker import run


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT; the round that is on is finished first."""

    help = "Make alerts of findings, release those that are over, and tell open pages."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the worker."""
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run(stop)
