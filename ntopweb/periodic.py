"""The checks that the clock runs, and what becomes of their findings."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from django.db import connection, transaction

from alerts import findings
from checks import periodic, sums, thresholds
from checks.runner import Evaluation
from checks.settings_store import load_runner
from ntopweb import failed_checks


def run(now: datetime) -> int:
    """Evaluate what is known of interfaces; return how many findings there were."""
    return hand_over(periodic.FRAME, *periodic.evaluate(load_runner(), now), now)


def run_sums(now: datetime) -> int:
    """Evaluate the limits on sums of traffic; return how many findings there were."""
    return hand_over(thresholds.FRAME, *sums.evaluate(load_runner(), now), now)


def hand_over(frame: str, table: pl.DataFrame, evaluation: Evaluation, now: datetime) -> int:
    """Give the findings to the lifecycle, stop failed checks; return how many findings."""
    found = findings.aggregate(frame, table, evaluation, now)
    with transaction.atomic(), connection.cursor() as cursor:
        findings.write(cursor, found)
        findings.wake(cursor)
    failed_checks.stop(evaluation.failures, now)
    return evaluation.findings.height
