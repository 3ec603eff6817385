"""Scripts from stored rows to findings: the flows of claimed batches, the hosts of each minute."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl
from django.db import connection, transaction

from alerts import ending, findings
from alerts.findings import report
from checks.lua import findings as told
from checks.lua import hosts, running
from checks.lua.engine import process
from checks.lua.models import Script
from checks.lua.running import Ran
from checks.models import CheckSetting
from checks.runner import Evaluation
from monitoring.enrichment.context import current
from monitoring.models import Interface

logger = logging.getLogger(__name__)

#: The key of the alert about a script that had to be stopped.
QUARANTINED: Final = "script_quarantined"


def run_flows(table: pl.DataFrame, now: datetime) -> int:
    """Run the flow scripts over an enriched flow frame; return how many rows they picked.

    Findings and what the scripts cost are written in the caller's transaction.
    """
    scripts = running.active(host=False)
    setting = _setting(told.FLOW_CHECK)
    if not scripts or setting is None or table.is_empty():
        return 0
    ran = running.run(process(), scripts, "flow", table)
    evaluation = told.of_flows(table, running.said(ran), setting.pk)
    return _finish("flow", table, ran, evaluation, now)


def run_hosts(now: datetime) -> int:
    """Run the host scripts over every interface's active hosts; return how many they picked."""
    scripts = running.active(host=True)
    setting = _setting(told.HOST_CHECK)
    if not scripts or setting is None:
        return 0
    picked = 0
    for interface in Interface.objects.filter(agent__is_enabled=True):
        active = hosts.active_hosts(interface.pk, current(), now)
        for script in scripts if active.height else []:
            picked += _look_at(script, active, interface.pk, setting.pk, now)
    return picked


def _look_at(
    script: Script, active: pl.DataFrame, interface: int, check_id: int, now: datetime
) -> int:
    table = hosts.for_script(script, active, interface, now)
    if table.is_empty():
        return 0
    ran = running.run(process(), [script], "host", table)
    outcome = ran[0].report.outcome
    with transaction.atomic():
        evaluation = told.of_hosts(table, running.said(ran), check_id)
        picked = _finish("host", table, ran, evaluation, now)
        hosts.remember(script, interface, _completed(table, ran), outcome.effects, now)
    quiet = _quiet(table, ran).select(pl.lit(script.pk).alias("script"), "address", "vlan")
    identities = quiet.select(told.host_identity())["identity"].to_list()
    ending.end(told.HOST_CHECK, interface, identities, now, f"{script.name} found nothing")
    return picked


def _completed(table: pl.DataFrame, ran: Sequence[Ran]) -> pl.DataFrame:
    """Return the rows that the script got through, in the table's order from its start."""
    outcome = ran[0].report.outcome
    return table.head(outcome.visited)


def _quiet(table: pl.DataFrame, ran: Sequence[Ran]) -> pl.DataFrame:
    """Return the rows on which the script completed and said nothing."""
    outcome = ran[0].report.outcome
    spoken = {hit.row for hit in outcome.hits} | set(outcome.failed_rows)
    rows = [row for row in range(min(outcome.visited, table.height)) if row not in spoken]
    return table[rows]


def _finish(
    frame: str, table: pl.DataFrame, ran: Sequence[Ran], evaluation: Evaluation, now: datetime
) -> int:
    found = findings.aggregate(frame, table, evaluation, now)
    found = found.filter(pl.col("family") != findings.PROGRESS)  # the batch itself said how far
    with transaction.atomic(), connection.cursor() as cursor:
        findings.write(cursor, found)
        findings.wake(cursor)
        stopped = running.keep(ran, now)
    for script in stopped:
        message = f"The script {script.name} was stopped: {script.quarantine_reason}"
        report(QUARANTINED, script.name, message, {"script": script.name}, now=now)
    return evaluation.findings.height


def _setting(key: str) -> CheckSetting | None:
    """Return the check that stands for all scripts of a kind, None while it is switched off."""
    return CheckSetting.objects.filter(
        key=key, is_enabled=True, quarantined_at__isnull=True
    ).first()
