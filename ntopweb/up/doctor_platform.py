"""The doctor's part that needs Django: the servers, the migrations, the agents, what waits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta

import django
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ntopweb.up.diagnosis import Diagnosis, bad, good, note

#: An agent that is silent for longer is worth a line.
_SILENT = timedelta(minutes=5)


def examine() -> Iterator[Diagnosis]:
    """Yield the diagnoses of the platform that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")
    os.environ.setdefault("NTOPWEB_SUPERVISED", "1")
    django.setup()
    yield from parts()
    try:
        yield migrations()
        yield from agents(timezone.now())
        yield waiting(timezone.now())
    except DatabaseError as error:
        yield bad("database", " ".join(str(error).split()))


def parts() -> Iterator[Diagnosis]:
    """Yield what ``/healthz`` says."""
    from ntopweb.health import all_parts

    for name, part in all_parts().items():
        is_ok = part["status"] == "ok"
        yield good(name, "answers") if is_ok else bad(name, str(part.get("reason", "")))


def migrations() -> Diagnosis:
    """Return whether the database has the tables that this version needs."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return bad("migrations", f"{len(missing)} are missing: python3 manage.py migrate")
    return good("migrations", "all are applied")


def agents(now: datetime) -> Iterator[Diagnosis]:
    """Yield when each agent was last seen, and what it has lost."""
    from monitoring.models import Agent

    for agent in Agent.objects.all():
        subject = f"agent {agent.name}"
        if not agent.is_enabled:
            yield note(subject, "is switched off in the admin")
        elif agent.last_seen_at is None:
            yield note(subject, "was never seen")
        else:
            yield seen(subject, now - agent.last_seen_at, agent.counters or {})


def seen(subject: str, ago: timedelta, counters: dict[str, int]) -> Diagnosis:
    """Return how long an agent has been silent, with its losses if there are any."""
    lost = [f"{counters[k]} {k}" for k in ("kernel_drops", "spool_drops") if counters.get(k)]
    text = f"last seen {ago.total_seconds():.0f} s ago{''.join(f', {one}' for one in lost)}"
    return note(subject, text) if ago > _SILENT or lost else good(subject, text)


def waiting(now: datetime) -> Diagnosis:
    """Return whether findings wait for the lifecycle worker."""
    from alerts.lifecycle import backlog

    found = backlog(now)
    text = f"{found.findings} wait"
    return (
        bad("findings", f"{text}, {found.seconds:.0f} s")
        if found.seconds > 60
        else good("findings", text)
    )
