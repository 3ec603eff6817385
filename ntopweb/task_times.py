"""When each background task last ran, for how long, and whether it failed; kept in Redis.

Celery's beat writes its own times minutes late; these are the worker's.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final, NamedTuple

from celery.signals import task_failure, task_postrun, task_prerun
from django.core.cache import cache
from redis import RedisError

logger = logging.getLogger(__name__)

_KEPT: Final = 7 * 86_400
#: Failures are remembered for so long, in seconds.
FAILURES_FOR: Final = 300
_started: dict[str, float] = {}


class Run(NamedTuple):
    """A task's last run: its end in seconds since the epoch, and how long it took."""

    ended_at: float
    seconds: float


@task_prerun.connect
def _begin(task_id: str = "", **_: Any) -> None:
    _started[task_id] = time.monotonic()


@task_postrun.connect
def _end(task_id: str = "", task: Any = None, **_: Any) -> None:
    began = _started.pop(task_id, None)
    if began is not None and task is not None:
        note_run(str(task.name), time.monotonic() - began, time.time())


@task_failure.connect
def _failed(sender: Any = None, exception: BaseException | None = None, **_: Any) -> None:
    if sender is not None:
        note_failure(str(sender.name), f"{type(exception).__name__}: {exception}"[:300])


def note_run(task: str, seconds: float, now: float) -> None:
    """Remember a run that ended ``now``, in seconds since the epoch."""
    try:
        cache.set(f"task-run:{task}", [now, seconds], timeout=_KEPT)
    except RedisError as error:
        logger.warning("the run of %s is not remembered: %s", task, error)


def note_failure(task: str, error: str) -> None:
    """Count a failure."""
    try:
        count, _ = cache.get(f"task-failure:{task}") or (0, "")
        cache.set(f"task-failure:{task}", [count + 1, error], timeout=FAILURES_FOR)
    except RedisError as problem:
        logger.warning("the failure of %s is not remembered: %s", task, problem)


def runs(tasks: list[str]) -> dict[str, Run]:
    """Return the last run of each task that is remembered."""
    found = cache.get_many([f"task-run:{task}" for task in tasks])
    return {key.removeprefix("task-run:"): Run(*value) for key, value in found.items()}


def failures(tasks: list[str]) -> dict[str, tuple[int, str]]:
    """Return number and last error of each task that failed lately."""
    found = cache.get_many([f"task-failure:{task}" for task in tasks])
    return {key.removeprefix("task-failure:"): tuple(value) for key, value in found.items()}
