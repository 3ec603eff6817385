"""The periodic tasks: each app lists its own in ``schedule.py``; operators edit them in the admin.

An app's ``SCHEDULE`` is a list of (name, task, seconds).
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from django_celery_beat.models import IntervalSchedule, PeriodicTask

APPS = ("monitoring", "checks", "checks.lua", "alerts", "recipients")

#: Marks the rows that stem from a SCHEDULE, so that those of a task that is gone can be told.
_ORIGIN = "Made by ntopweb; change the interval or switch it off here."


def entries() -> Iterator[tuple[str, str, int]]:
    """Yield (name, task, seconds) of every app."""
    for app in APPS:
        if find_spec(f"{app}.schedule"):
            yield from import_module(f"{app}.schedule").SCHEDULE


def seed() -> None:
    """Make the rows that are missing and remove those whose task no app lists; keep all edits."""
    listed = list(entries())
    for name, task, seconds in listed:
        interval, _ = IntervalSchedule.objects.get_or_create(
            every=seconds, period=IntervalSchedule.SECONDS
        )
        PeriodicTask.objects.get_or_create(
            name=name, defaults={"task": task, "interval": interval, "description": _ORIGIN}
        )
    known = {name for name, _, _ in listed}
    PeriodicTask.objects.filter(description=_ORIGIN).exclude(name__in=known).delete()
