"""Celery beat's scheduler, with a sign of life at every turn."""

from __future__ import annotations

import logging
import time

from django_celery_beat.schedulers import DatabaseScheduler
from redis import RedisError

from monitoring.heartbeat import beat

logger = logging.getLogger(__name__)

#: Seconds between two signs of life.
_INTERVAL = 5.0


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # untyped package
    """Reads the periodic tasks from the database; says it is alive while it turns."""

    _next_sign = 0.0

    def tick(self, *args: object, **kwargs: object) -> float:
        """Send what is due; return the seconds until the next turn."""
        if time.monotonic() >= self._next_sign:
            self._next_sign = time.monotonic() + _INTERVAL
            try:
                beat("beat")
            except RedisError as error:
                logger.warning("no sign of life: %s", error)
        return min(float(super().tick(*args, **kwargs)), _INTERVAL)
