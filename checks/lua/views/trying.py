"""What the editor asks while one writes: is it Lua, and what would it do."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import polars as pl
from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from checks.addresses import texts
from checks.lua.declared import DeclarationError, declared
from checks.lua.engine import process
from checks.lua.examples import to_rows
from checks.lua.models import Script, check_source
from checks.lua.process import EngineError, Job, Report
from checks.lua.trial import (
    MOST_FLOWS,
    ForgottenError,
    TrialError,
    hosts_now,
    keep_capture,
    kept_capture,
    recent_flows,
)
from monitoring.views.shell import page

#: So many matches are sent; the page shows them fifty at a time.
_SHOWN: Final = 500
#: So many rows that do not match are sent, to be kept as examples.
_QUIET: Final = 5
_LARGEST_CAPTURE: Final = 50 * 2**20


@page("lua.view_script")
@require_POST
def check_syntax(request: HttpRequest) -> JsonResponse:
    """Answer ``{"error": …, "line": …, "parameters": […]}``; no error is "".

    Parameters are null where the declarations cannot be read.
    """
    source = request.POST.get("source", "")
    known = None
    try:
        check_source(source)
        known = [
            {"name": p.name, "kind": p.kind, "default": p.default, "unit": p.unit, "help": p.help}
            for p in declared(source)
        ]
        problem = process().compile(source)
    except ValidationError as error:
        problem = " ".join(error.messages)
    except EngineError as error:
        return JsonResponse({"error": str(error), "line": 0, "parameters": known})
    line = _line(problem) if problem else 0
    said = problem.removeprefix("script:")
    return JsonResponse({"error": said, "line": line, "parameters": known})


def _line(problem: str) -> int:
    number = problem.removeprefix("script:").removeprefix("line ").partition(":")[0]
    return int(number) if number.isdecimal() else 1


@page("lua.view_script")
@require_POST
def read_capture(request: HttpRequest) -> JsonResponse:
    """Meter an uploaded capture for the trials to come: ``{"capture": name, "flows": count}``."""
    capture = request.FILES.get("capture")
    try:
        if capture is None:
            raise TrialError("capture: choose a file")
        if (capture.size or 0) > _LARGEST_CAPTURE:
            raise TrialError("capture: larger than 50 MiB")
        name, count = keep_capture(capture.read(), request.user.pk)
    except TrialError as error:
        return JsonResponse({"error": str(error)})
    return JsonResponse({"capture": name, "flows": count})


@page("lua.view_script")
@require_POST
def try_script(request: HttpRequest) -> JsonResponse:
    """Run what stands in the editor on stored flows or a capture that was read; save nothing.

    Answers matches, console, cost and errors, or ``{"error": …}`` with why not.
    """
    target = request.POST.get("target", "")
    began = time.monotonic()
    try:
        if target not in Script.Target.values:
            raise TrialError("target: choose when the script runs")
        table = _table(request, target)
        read = time.monotonic() - began
        report = _run(request, target, table)
    except ForgottenError as error:
        return JsonResponse({"error": str(error), "forgotten": True})
    except (TrialError, DeclarationError, EngineError) as error:
        return JsonResponse({"error": str(error)})
    is_stored = "capture" not in request.POST
    shown = _shown(target, table, report, is_stored=is_stored)
    return JsonResponse(shown | {"read_milliseconds": read * 1e3})


def _table(request: HttpRequest, target: str) -> pl.DataFrame:
    if target == Script.Target.HOST:
        return hosts_now()
    if capture := request.POST.get("capture"):
        return kept_capture(capture, request.user.pk)
    if (flow := request.POST.get("flow")) is not None:
        if not flow.strip().lstrip("-").isdecimal():
            raise TrialError("flow: must be a flow's number")
        return recent_flows(1, flow_id=int(flow))
    count = request.POST.get("count", "1000")
    if not count.isdecimal() or not 1 <= int(count) <= MOST_FLOWS:
        raise TrialError(f"count: must be from 1 to {MOST_FLOWS:,}")
    return recent_flows(int(count))


def _run(request: HttpRequest, target: str, table: pl.DataFrame) -> Report:
    source = request.POST.get("source", "")
    try:
        chosen = json.loads(request.POST.get("values", "{}"))
    except ValueError as error:
        raise TrialError(f"values: no JSON: {error}") from error
    if not isinstance(chosen, dict):
        raise TrialError("values: must be an object")
    every = {p.name: p.parse(chosen.get(p.name, p.default)) for p in declared(source)}
    kind = "host" if target == Script.Target.HOST else "flow"
    return process().run(kind, table, [Job(0, source, every)], seconds=3.0)[0]


def _shown(target: str, table: pl.DataFrame, report: Report, *, is_stored: bool) -> dict[str, Any]:
    outcome = report.outcome
    loud = {hit.row for hit in outcome.hits} | set(outcome.failed_rows)
    quiet = list(islice((row for row in range(table.height) if row not in loud), _QUIET))

    def told(rows: list[int]) -> Iterator[dict[str, Any]]:
        return _told(target, table[rows], is_stored=is_stored)

    hits = outcome.hits[:_SHOWN]
    errors = outcome.errors
    return {
        "rows": report.rows,
        "hits": len(outcome.hits),
        "matches": [
            about | {"score": hit.score, "message": hit.message}
            for hit, about in zip(hits, told([hit.row for hit in hits]), strict=True)
        ],
        "quiet": list(told([] if outcome.stopped else quiet)),
        "errors": [
            about | {"text": text}
            for (_, text), about in zip(errors, told([row for row, _ in errors]), strict=True)
        ],
        "failed": len(outcome.failed_rows),
        "stopped": outcome.stopped,
        "console": outcome.console,
        "microseconds": report.seconds / report.rows * 1e6 if report.rows else 0.0,
        "milliseconds": report.seconds * 1e3,
    }


def _told(target: str, rows: pl.DataFrame, *, is_stored: bool) -> Iterator[dict[str, Any]]:
    """Yield of each row what it is about, its page ("" where there is none), and its example."""
    names = _names(target, rows)
    pages = ["" for _ in names]
    if is_stored and target != Script.Target.HOST:
        pages = [reverse("flow", args=[flow]) for flow in rows["flow_id"]]
    for name, page_of, row in zip(names, pages, to_rows(target, rows), strict=True):
        yield {"about": name, "url": page_of, "row": row}


def _names(target: str, rows: pl.DataFrame) -> list[str]:
    if target == Script.Target.HOST:
        return list(rows["address"])
    clients = texts(rows["client_high"], rows["client_low"])
    servers = texts(rows["server_high"], rows["server_low"])
    ends = pl.format("{} → {} port {}, {}", clients, servers, "server_port", "application")
    return rows.select(ends).to_series().to_list()
