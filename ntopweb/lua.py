"""Scripts from stored rows to findings: the flows of claimed batches, the hosts of each minute."""

from __future__ import annotations

import time
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
from monitoring.enrichment.rows import enrich_flows
from monitoring.ingest import batches
from monitoring.models import Interface

#: How often a process looks which events scripts want, in seconds.
LOOK_EVERY: Final = 2.0
#: So many batches are looked at together: some 250 ms each when they come live.
BATCHES: Final = 16
#: The key of the alert about a script that had to be stopped.
QUARANTINED: Final = "script_quarantined"


class _Wanted:
    """The events that scripts look at, read anew every few seconds."""

    def __init__(self) -> None:
        self._events: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    def get(self, now: float) -> frozenset[str]:
        """Return the events; ``now`` is a monotonic clock's seconds."""
        if now - self._read_at >= LOOK_EVERY:
            is_on = _setting(told.FLOW_CHECK) is not None
            self._events = frozenset(running.wanted_events()) if is_on else frozenset()
            self._read_at = now
        return self._events

    def forget(self) -> None:
        """Look again next time."""
        self._read_at = float("-inf")


_WANTED: Final = _Wanted()


def wanted_events() -> frozenset[str]:
    """Return the events of flows that some script looks at, at most two seconds old."""
    return _WANTED.get(time.monotonic())


def forget_wanted() -> None:
    """Make the next :func:`wanted_events` of this process look for changes."""
    _WANTED.forget()


def follow(now: datetime, seconds: float = 5.0) -> int:
    """Run the flow scripts over the batches that wait, for so long; return how many rows.

    Each round is one transaction: the batches are done when what was found is written.
    """
    until, rows = time.monotonic() + seconds, 0
    while time.monotonic() < until and (done := _round(now)) is not None:
        rows += done
    return rows


def _round(now: datetime) -> int | None:
    """Look at the oldest waiting batches; return how many rows, None where nothing waits."""
    with transaction.atomic(), connection.cursor() as cursor:
        kept = batches.claim(cursor, BATCHES)
        if not kept:
            return None
        tables = [enrich_flows(one.table, current(), one.interface) for one in kept]
        run_flows(pl.concat(tables), now)
        batches.finish(cursor, (one.line for one in kept))
    return sum(one.table.height for one in kept)


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
