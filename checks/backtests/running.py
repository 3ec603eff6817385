"""The loop of a back-test: portions of stored rows through a runner, and what came of it."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import polars as pl
from django.utils import timezone

from checks.backtests import stored
from checks.backtests.progress import CancelledError, Progress
from checks.backtests.subjects import Subject, of
from checks.backtests.summary import Summary
from checks.lua import back_testing
from checks.lua.back_testing import Proposed
from checks.models import BackTest
from checks.picking import describe
from checks.runner import Runner
from checks.settings_store import read_version
from monitoring.enrichment import context as enrichment
from monitoring.enrichment.context import Context
from monitoring.models import BlacklistSource

logger = logging.getLogger(__name__)


def run(pk: int) -> None:
    """Run a back-test that waits, keeping its progress and its result, or why there is none."""
    waiting = BackTest.objects.filter(pk=pk, state=BackTest.State.WAITING)
    if not waiting.update(state=BackTest.State.RUNNING, started_at=timezone.now()):
        return
    test = BackTest.objects.get(pk=pk)
    try:
        context = enrichment.build()
        test.pinned = pinned()
        test.save(update_fields=["pinned"])
        test.result = _result_of(test, context)
        test.state = BackTest.State.DONE
    except CancelledError:
        test.state = BackTest.State.CANCELLED
    except Exception as error:  # whatever it was: the page says it, and the worker goes on
        logger.exception("back-test %d failed", pk)
        test.state, test.error = BackTest.State.FAILED, describe(error)
    test.finished_at = timezone.now()
    test.save(update_fields=["result", "state", "error", "finished_at"])


def _result_of(test: BackTest, context: Context) -> dict[str, Any]:
    span = (test.since, test.until, context, _progress_of(test))
    if "script" in test.subject:
        return back_testing.over(Proposed.of(test.subject["script"]), *span)
    return over(of(test.subject), *span)


def _progress_of(test: BackTest) -> Progress:
    """Return what keeps the progress, and says whether to go on."""
    rows = BackTest.objects.filter(pk=test.pk, state=BackTest.State.RUNNING)
    return lambda done, total: bool(rows.update(rows_done=done, rows_total=total))


def pinned() -> dict[str, Any]:
    """Return the versions of settings and lists that hold for the whole run."""
    lists = BlacklistSource.objects.order_by("name").values_list("name", "refreshed_at")
    return {
        "settings": read_version(),
        "lists": {name: at.isoformat() if at else None for name, at in lists},
        "at": timezone.now().isoformat(),
    }


def over(
    subject: Subject,
    since: datetime,
    until: datetime,
    context: Context,
    progress: Progress = lambda done, total: True,
) -> dict[str, Any]:
    """Return the result of running the subject over the flows from ``since`` until ``until``.

    Raises CancelledError as soon as ``progress`` returns False.
    """
    both = [*subject.proposed, *(entry._replace(is_shadow=True) for entry in subject.present)]
    runner = Runner(both, subject.exclusions)
    columns = runner.plans["flow"].columns if "flow" in runner.plans else frozenset[str]()
    proposed, present = Summary(since, until), Summary(since, until)
    only = {"proposed": 0, "present": 0}
    failures: dict[str, str] = {}
    parts = stored.portions(since, until)
    done, total = 0, sum(part.rows for part in parts)
    for part in parts:
        if not progress(done, total):
            raise CancelledError
        table = stored.read(part, columns, context)
        evaluation = runner.evaluate("flow", table)
        failures.update(evaluation.failures)
        proposed.add(table, evaluation.findings)
        present.add(table, evaluation.shadow)
        only["proposed"] += _rest(evaluation.findings, evaluation.shadow)
        only["present"] += _rest(evaluation.shadow, evaluation.findings)
        done += part.rows
    progress(done, total)
    return {
        "rows": done,
        "proposed": proposed.to_json(),
        "present": present.to_json() if subject.present else None,
        "only_proposed": only["proposed"],
        "only_present": only["present"],
        "notes": subject.notes,
        "failures": failures,
    }


def _rest(one: pl.DataFrame, other: pl.DataFrame) -> int:
    """Return how many rows one side picked and the other did not."""
    return one.select("row").unique().join(other.select("row"), on="row", how="anti").height
