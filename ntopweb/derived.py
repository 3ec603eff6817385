"""The derived frames: made, checked, and what the checks say of them handed to the lifecycle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import polars as pl
from django.db import connection, transaction

from alerts import findings
from checks import scores
from checks.learning.fold import Frame, fold, local_networks
from checks.learning.networks import network_frame
from checks.settings_store import load_runner
from ntopweb import failed_checks

Make = Callable[[datetime], Iterable[Frame]]


def run(now: datetime, make: Make = fold) -> int:
    """Make the frames and check them, in one transaction; return how many findings there were.

    What ``make`` takes from a queue is taken when its findings are written, or not at all.
    """
    failures: list[tuple[str, str]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        found = sum(_check(cursor, frame, table, now, failures) for frame, table in make(now))
        findings.wake(cursor)
        scores.prune(cursor, now)
    failed_checks.stop(failures, now)
    return found


def run_networks(cursor: Any, hosts: pl.DataFrame, now: datetime) -> tuple[int, list[Any]]:
    """Check the local networks of an enriched host frame, in the caller's transaction.

    Return how many findings there were, and the checks that failed.
    """
    names, networks = local_networks()
    failures: list[tuple[str, str]] = []
    found = _check(cursor, "network", network_frame(hosts, networks, names), now, failures)
    return found, failures


def _check(
    cursor: Any, frame: str, table: pl.DataFrame, now: datetime, failures: list[tuple[str, str]]
) -> int:
    evaluation = load_runner().evaluate(frame, table)
    failures += evaluation.failures
    if evaluation.findings.is_empty():
        return 0
    return findings.write(cursor, findings.aggregate(frame, table, evaluation, now))
