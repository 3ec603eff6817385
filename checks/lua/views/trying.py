"""What the editor asks while one writes: is it Lua, and what would it do."""

from __future__ import annotations

import json
from typing import Any, Final

import polars as pl
from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from checks.addresses import texts
from checks.lua.declared import DeclarationError, declared
from checks.lua.engine import process
from checks.lua.models import Script, check_source
from checks.lua.process import EngineError, Job, Report
from checks.lua.trial import TrialError, flows_of_capture, hosts_now, recent_flows
from monitoring.views.shell import page

#: So many matches are shown.
_SHOWN: Final = 200
_MOST_FLOWS: Final = 50_000
_LARGEST_CAPTURE: Final = 50 * 2**20


@page("lua.view_script")
@require_POST
def check_syntax(request: HttpRequest) -> JsonResponse:
    """Answer ``{"error": …, "line": …, "parameters": […]}``; no error is ""."""
    source = request.POST.get("source", "")
    try:
        check_source(source)
        known = declared(source)
    except ValidationError as error:
        return _problem(" ".join(error.messages))
    if problem := process().compile(source):
        return _problem(problem)
    parameters = [
        {"name": p.name, "kind": p.kind, "default": p.default, "unit": p.unit, "help": p.help}
        for p in known
    ]
    return JsonResponse({"error": "", "line": 0, "parameters": parameters})


def _problem(text: str) -> JsonResponse:
    words = text.removeprefix("script:").removeprefix("line ").partition(":")
    line = int(words[0]) if words[0].isdecimal() else 1
    return JsonResponse({"error": text.removeprefix("script:"), "line": line, "parameters": []})


@page("lua.view_script")
@require_POST
def try_script(request: HttpRequest) -> JsonResponse:
    """Run what stands in the editor on stored flows or an uploaded capture; save nothing.

    Answers matches, console, cost and errors, or 400 with ``{"error": …}``.
    """
    target = request.POST.get("target", "")
    try:
        if target not in Script.Target.values:
            raise TrialError("target: choose when the script runs")
        table = _table(request, target)
        report = _run(request, target, table)
    except (TrialError, DeclarationError, EngineError) as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(_shown(target, table, report))


def _table(request: HttpRequest, target: str) -> pl.DataFrame:
    if target == Script.Target.HOST:
        return hosts_now()
    if capture := request.FILES.get("capture"):
        if (capture.size or 0) > _LARGEST_CAPTURE:
            raise TrialError("capture: larger than 50 MiB")
        return flows_of_capture(capture.read())
    if flow := request.POST.get("flow", "").strip():
        if not flow.lstrip("-").isdecimal():
            raise TrialError("flow: must be a flow's number")
        return recent_flows(1, flow_id=int(flow))
    count = request.POST.get("count", "1000")
    if not count.isdecimal() or not 1 <= int(count) <= _MOST_FLOWS:
        raise TrialError(f"count: must be from 1 to {_MOST_FLOWS}")
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


def _shown(target: str, table: pl.DataFrame, report: Report) -> dict[str, Any]:
    outcome = report.outcome
    hits = outcome.hits[:_SHOWN]
    names = _names(target, table[[hit.row for hit in hits]])
    faulty = _names(target, table[[row for row, _ in outcome.errors]])
    return {
        "rows": report.rows,
        "hits": len(outcome.hits),
        "matches": [
            {"about": name, "score": hit.score, "message": hit.message, "flow": flow}
            for hit, (name, flow) in zip(hits, names, strict=True)
        ],
        "errors": [
            {"about": name, "text": text}
            for (_, text), (name, _) in zip(outcome.errors, faulty, strict=True)
        ],
        "failed": len(outcome.failed_rows),
        "stopped": outcome.stopped,
        "console": outcome.console,
        "microseconds": report.seconds / report.rows * 1e6 if report.rows else 0.0,
        "milliseconds": report.seconds * 1e3,
    }


def _names(target: str, rows: pl.DataFrame) -> list[tuple[str, str]]:
    """Return what each row is about, and its flow's number ("" for hosts)."""
    if target == Script.Target.HOST:
        return [(address, "") for address in rows["address"]]
    clients = texts(rows["client_high"], rows["client_low"])
    servers = texts(rows["server_high"], rows["server_low"])
    ends = rows.select(
        pl.format("{} → {} port {}, {}", clients, servers, "server_port", "application")
    ).to_series()
    return list(zip(ends, rows["flow_id"].cast(pl.String), strict=True))
