"""The lifecycle's process: round after round, woken by NOTIFY, and the loop that must go on."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event
from typing import Any, Final

import psycopg
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone
from redis import RedisError

from alerts import findings
from alerts.lifecycle import LIMIT, LIMIT_OF_BACKLOG, backlog, process_round
from alerts.live.publisher import Publisher
from monitoring.heartbeat import beat

logger = logging.getLogger(__name__)

#: Seconds that a round waits for news at most; a NOTIFY that is lost costs so much.
WAIT: Final = 0.2
#: Seconds between two looks for alerts that are over.
RELEASE_EVERY: Final = 1.0
#: Seconds between two signs of life and looks at the queue.
LOOK_EVERY: Final = 5.0
#: A queue whose oldest finding waits longer, in seconds, is alerted.
BACKLOG_SECONDS: Final = 15.0
#: Seconds until the next attempt when the database is away: doubled from the first to the second.
BACK_OFF: Final = (0.1, 5.0)


class Worker:
    """Folds findings until told to stop."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._publisher = Publisher()
        self._limit = LIMIT
        self._listening_since = timezone.now()
        self._released_at = self._looked_at = float("-inf")

    def step(self, at: float) -> bool:
        """Do a round and tell of it; return whether there may be more. ``at`` is monotonic."""
        releasing = at - self._released_at >= RELEASE_EVERY
        done = process_round(
            timezone.now(),
            listening_since=self._listening_since,
            limit=self._limit,
            releasing=releasing,
        )
        if done is not None:
            self._limit = next_limit(self._limit, done.claimed)
            self._released_at = at if releasing else self._released_at
            self._publisher.add(done)
        self._publisher.flush(at)
        if at - self._looked_at >= LOOK_EVERY:
            self._looked_at = at
            self._look()
        return done is not None and done.did_work

    def _look(self) -> None:
        """Give a sign of life; say when the queue grows faster than it is worked off."""
        waiting = backlog(timezone.now())
        if waiting.seconds > BACKLOG_SECONDS:
            logger.warning("%d findings wait, the oldest for %.0f s", *waiting)
            message = f"{waiting.findings} findings wait, the oldest for {waiting.seconds:.0f} s"
            findings.report("lifecycle_backlog", "lifecycle", message, waiting._asdict())
        try:
            beat("lifecycle")
        except RedisError as error:
            logger.warning("no sign of life: %s", error)

    def run(self) -> None:
        """Do steps until told to stop; raises DatabaseError when the database goes away."""
        with listening() as listener:
            while not self._stop.is_set():
                if self.step(time.monotonic()):
                    continue
                pause = min(WAIT, self._publisher.due_in(time.monotonic()))
                if findings.ACTION in heard(listener, pause):
                    self._publisher.note_actions()


def next_limit(limit: int, claimed: int) -> int:
    """Return how many findings to take next: more while they queue, for an alert is written once.

    Most findings of a backlog are about the same alerts.
    """
    return min(2 * limit, LIMIT_OF_BACKLOG) if claimed >= limit else LIMIT


def heard(listener: Any, seconds: float = WAIT) -> set[str]:
    """Wait so long for news; return their payloads: "" for findings, or ACTION."""
    news = listener.connection.notifies(timeout=seconds, stop_after=1)
    return {notify.payload for notify in news}


@contextmanager
def listening() -> Iterator[Any]:
    """Yield a connection of its own that listens for findings."""
    with closing(connection.copy()) as listener:
        with listener.cursor() as cursor:
            cursor.execute(f"LISTEN {findings.CHANNEL}")
        yield listener


def run(stop: Event) -> None:
    """Work until told to stop; when the database is away, try again and again."""
    pause = BACK_OFF[0]
    while not stop.is_set():
        began = time.monotonic()
        try:
            close_old_connections()
            Worker(stop).run()
        except (DatabaseError, InterfaceError, psycopg.Error) as error:
            connection.close()
            pause = BACK_OFF[0] if time.monotonic() - began > BACK_OFF[1] else pause
            logger.warning("the database is away, again in %.1f s: %s", pause, error)
            stop.wait(pause * random.uniform(0.5, 1))  # noqa: S311 (spreads attempts)
            pause = min(pause * 2, BACK_OFF[1])
