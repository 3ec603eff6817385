"""The checks that the clock runs, and what becomes of their findings."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from alerts import findings
from checks import periodic
from checks.settings_store import load_runner
from ntopweb import failed_checks


def run(now: datetime) -> int:
    """Evaluate, hand the findings to the lifecycle, stop failed checks; return how many spoke."""
    table, evaluation = periodic.evaluate(load_runner(), now)
    found = findings.aggregate(periodic.FRAME, table, evaluation, now)
    with transaction.atomic(), connection.cursor() as cursor:
        findings.write(cursor, found)
        findings.wake(cursor)
    failed_checks.stop(evaluation.failures, now)
    return evaluation.findings.height
