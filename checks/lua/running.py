"""The scripts of the database: which run, on what, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl
from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from checks.lua.declared import DeclarationError
from checks.lua.findings import Said
from checks.lua.models import EVENTS, Run, Script, Version
from checks.lua.process import Job, Process, Report
from checks.lua.sandbox import Outcome

#: So much of a console is kept.
_CONSOLE = 16_384


class Ran(NamedTuple):
    """A script and what it did."""

    script: Script
    report: Report


def active(*, host: bool) -> list[Script]:
    """Return the scripts that run now on flows, or on hosts, each with its latest version only."""
    latest = Version.objects.order_by("script_id", "-number").distinct("script_id")
    return list(_running(host=host).prefetch_related("pools", Prefetch("versions", latest)))


def wanted_events() -> set[str]:
    """Return the events of flows that some script looks at."""
    targets = _running(host=False).values_list("target", flat=True)
    return {EVENTS[target] for target in targets}


def _running(*, host: bool) -> QuerySet[Script]:
    scripts = Script.objects.exclude(state=Script.State.OFF).filter(quarantined_at=None)
    target = Q(target=Script.Target.HOST)
    return scripts.filter(target if host else ~target)


def run(process: Process, scripts: Sequence[Script], target: str, table: pl.DataFrame) -> list[Ran]:
    """Run the scripts over a table of the target; one whose parameters do not fit is reported."""
    jobs, reports = [], {}
    for script in scripts:
        try:
            jobs.append(_job(script))
        except DeclarationError as error:
            reports[script.pk] = Report(script.pk, Outcome(stopped=str(error)))
    for report in process.run(target, table, jobs):
        reports[report.id] = replace(report, outcome=_named(report.outcome, table))
    return [Ran(script, reports[script.pk]) for script in scripts]


def _named(outcome: Outcome, table: pl.DataFrame) -> Outcome:
    """Return the outcome with the flow's number, or the host's address, of its last error."""
    if not outcome.errors:
        return outcome
    row, _ = outcome.errors[-1]
    kind, column = ("flow", "flow_id") if "flow_id" in table.columns else ("host", "address")
    return replace(outcome, failed_on=f"{kind} {table[column][row]}")


def _job(script: Script) -> Job:
    pools = tuple(pool.pk for pool in script.pools.all())
    return Job(script.pk, script.source, script.values(), script.event, pools)


def said(ran: Iterable[Ran]) -> list[Said]:
    """Return what is to be told: of the scripts that are not in shadow."""
    return [
        Said(script.pk, script.name, report.outcome.hits)
        for script, report in ran
        if script.state == Script.State.ENABLED
    ]


def keep(ran: Iterable[Ran], now: datetime) -> list[Script]:
    """Add what the scripts did to their minute; return those newly quarantined."""
    stopped = []
    with connection.cursor() as cursor:
        for script, report in ran:
            cursor.execute(_ADD, _figures(script, report, now))
            if report.killed and script.blame(report.killed, now):
                stopped.append(script)
    return stopped


def _figures(script: Script, report: Report, now: datetime) -> list[Any]:
    outcome = report.outcome
    faults = len(outcome.failed_rows) + bool(outcome.stopped)
    return [
        script.pk,
        now.replace(second=0, microsecond=0),
        report.rows,
        report.seconds,
        len(outcome.hits),
        faults,
        outcome.last_error,
        outcome.console[-_CONSOLE:],
    ]


_TABLE = Run._meta.db_table
_ADD = f"""
    INSERT INTO {_TABLE} AS r (script_id, minute, rows, seconds, hits, errors, error, console)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (script_id, minute) DO UPDATE SET
        rows = r.rows + excluded.rows, seconds = r.seconds + excluded.seconds,
        hits = r.hits + excluded.hits, errors = r.errors + excluded.errors,
        error = CASE WHEN excluded.error = '' THEN r.error ELSE excluded.error END,
        console = right(r.console || excluded.console, {_CONSOLE})"""  # noqa: S608
