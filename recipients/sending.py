"""All queues that are due, several at a time, so that one that hangs delays no other."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from django.db import connections

from recipients import queue
from recipients.delivery import Worker

#: So many queues at a time in one process.
AT_ONCE: Final = 8


def send(now: datetime, worker: Worker | None = None) -> int:
    """Work off the queues that are due; return how many messages were sent."""
    due = queue.due(now)
    return _work(due, worker or Worker()) if due else 0


def _work(recipients: Sequence[int], worker: Worker) -> int:
    def one(recipient: int) -> int:
        try:
            return worker.work(recipient)
        finally:
            connections.close_all()  # the thread's own

    with ThreadPoolExecutor(min(len(recipients), AT_ONCE), "delivery") as pool:
        return sum(pool.map(one, recipients))
