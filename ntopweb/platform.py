"""What is known of the platform's own parts, as the frame ``platform``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from axes.models import AccessAttempt
from django.core.cache import cache
from django.db import connection
from django_celery_beat.models import PeriodicTask

from alerts.models import Finding
from checks.derived import PLATFORM
from monitoring.models import Agent, BlacklistSource, Interface
from ntopweb import task_times

#: A task that is due every few seconds may wait this long before that is worth a word, in seconds.
_PATIENCE: Final = 30.0
_LATELY: Final = timedelta(minutes=5)
_LOST: Final = ("spool_drops", "rejected_batches")

Row = dict[str, Any]


def look(now: datetime) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the frame ``platform``."""
    parts = (_tasks, _lost_rows, _findings, _exporters, _lists, _logins, _flows)
    rows = [row for part in parts for row in part(now)]
    yield "platform", pl.DataFrame(rows, schema=PLATFORM, orient="row")


def _row(kind: str, name: str, value: float, limit: float = 0.0, text: str = "") -> Row:
    said = {"kind": kind, "name": name, "text": text}
    return {**said, "interface_id": None, "value": float(value), "limit": float(limit)}


def _tasks(now: datetime) -> Iterator[Row]:
    """Yield when each periodic task last ran, how long it took, and its failures."""
    enabled = PeriodicTask.objects.filter(enabled=True, interval__isnull=False)
    tasks = list(enabled.select_related("interval"))
    names = [task.task for task in tasks]
    runs, failures = task_times.runs(names), task_times.failures(names)
    for task in tasks:
        period = task.interval.schedule.run_every.total_seconds()
        if run := runs.get(task.task):
            due = max(period, _PATIENCE)
            yield _row("task", task.name, now.timestamp() - run.ended_at, due)
            yield _row("duration", task.name, run.seconds, period)
        if failed := failures.get(task.task):
            yield _row("error", task.name, *_counted(failed))


def _counted(failed: tuple[int, str]) -> tuple[float, float, str]:
    return float(failed[0]), 0.0, failed[1]


def _lost_rows(now: datetime) -> Iterator[Row]:
    """Yield what each agent lost since the last look."""
    for agent in Agent.objects.filter(is_enabled=True):
        counted = {name: int(agent.counters.get(name, 0)) for name in _LOST}
        key = f"lost-rows:{agent.pk}"
        before = cache.get(key) or counted
        cache.set(key, counted, timeout=None)
        more = {name: max(counted[name] - before.get(name, 0), 0) for name in _LOST}
        words = ", ".join(f"{name} {number}" for name, number in more.items() if number)
        yield _row("rows", agent.name, sum(more.values()), text=words)


def _findings(now: datetime) -> Iterator[Row]:
    failed = Finding.objects.filter(status=Finding.Status.FAILED)
    last = failed.order_by("-id").values_list("error", flat=True).first()
    yield _row("findings", "lifecycle", failed.count(), text=str(last or "")[:300])


def _exporters(now: datetime) -> Iterable[Row]:
    kinds, since = ("netflow", "sflow"), now - timedelta(hours=1)
    count = Interface.objects.filter(kind__in=kinds, last_seen__gte=since).count()
    return [_row("exporters", "exporters", count)]


def _lists(now: datetime) -> Iterator[Row]:
    for source in BlacklistSource.objects.filter(is_enabled=True):
        yield _row("list", source.name, 0, text=source.error[:300])


def _logins(now: datetime) -> Iterator[Row]:
    for attempt in AccessAttempt.objects.filter(attempt_time__gte=now - _LATELY):
        who = attempt.username or "nobody"
        yield _row("logins", str(attempt.ip_address), attempt.failures_since_start, text=who)


def _flows(now: datetime) -> Iterator[Row]:
    """Yield how long nothing came of the oldest flow that stands as active."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(time) FROM flow_live")
        (oldest,) = cursor.fetchone()
    if oldest is not None:
        yield _row("flows", "active flows", (now - oldest).total_seconds())
