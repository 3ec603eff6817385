"""Back-tests from the editor: begun with what stands in it, watched there, kept with the others."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from checks.backtests.subjects import NotStoredError
from checks.lua.back_testing import Proposed
from checks.lua.declared import DeclarationError
from checks.lua.engine import process
from checks.lua.models import Script
from checks.models import BackTest
from checks.tasks import run_back_test
from checks.views.back_tests import SPANS
from monitoring.views.shell import page


@page("checks.add_backtest")
@require_POST
def begin_back_test(request: HttpRequest) -> JsonResponse:
    """Hand what stands in the editor to the worker; answer where to look, or why not."""
    try:
        proposed = _posted(request)
        proposed.check()
        if problem := process().compile(proposed.source):
            raise DeclarationError(problem)
    except (NotStoredError, DeclarationError) as error:
        return JsonResponse({"error": str(error)})
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)})
    now, user = timezone.now(), cast("Any", request.user)
    test = BackTest.objects.create(
        subject=proposed.to_json(),
        title=proposed.name,
        since=now - _span(request),
        until=now,
        created_by=user,
    )
    run_back_test.delay(test.pk)
    return JsonResponse({"progress": reverse("script-back-test", args=[test.pk])})


def _span(request: HttpRequest) -> timedelta:
    wanted = request.POST.get("span", "")
    return next((span for name, _, span in SPANS if name == wanted), timedelta(days=1))


def _posted(request: HttpRequest) -> Proposed:
    target = request.POST.get("target", "")
    if target not in Script.Target.values:
        raise DeclarationError("target: choose when the script runs")
    try:
        chosen = json.loads(request.POST.get("values", "{}"))
    except ValueError as error:
        raise DeclarationError(f"values: no JSON: {error}") from error
    if not isinstance(chosen, dict):
        raise DeclarationError("values: must be an object")
    pools = tuple(int(pk) for pk in request.POST.getlist("pools") if pk.isdecimal())
    name = request.POST.get("name", "").strip()[:100] or "New script"
    return Proposed(name, target, request.POST.get("source", ""), chosen, pools)


@page("checks.view_backtest")
def show_back_test(request: HttpRequest, pk: int) -> JsonResponse:
    """Answer how far a back-test is, and what came of it once it is done."""
    test = get_object_or_404(BackTest, pk=pk)
    return JsonResponse(
        {
            "state": test.state,
            "is_over": test.is_over,
            "percent": test.percent,
            "rows_done": test.rows_done,
            "rows_total": test.rows_total,
            "error": test.error,
            "result": _shown(test.result) if test.is_over else {},
            "page": reverse("back-test", args=[pk]),
            "cancel": reverse("script-back-test-cancel", args=[pk]),
        }
    )


def _shown(result: dict[str, Any]) -> dict[str, Any]:
    names = ("rows", "days", "seconds", "microseconds", "errors", "notes")
    side = result.get("proposed") or {}
    sums = {name: side.get(name, 0) for name in ("findings", "alerts", "hosts")}
    return {name: result.get(name) for name in names if name in result} | sums


@page("checks.view_backtest")
@require_POST
def cancel_back_test(request: HttpRequest, pk: int) -> JsonResponse:
    """End a back-test that waits or runs; whoever may begin one may end it."""
    if not request.user.has_perm("checks.add_backtest"):
        raise PermissionDenied
    BackTest.objects.filter(
        pk=pk, state__in=(BackTest.State.WAITING, BackTest.State.RUNNING)
    ).update(state=BackTest.State.CANCELLED)
    return JsonResponse({})
