"""Back-tests: begun from a check or a rule, watched while they run, kept with their result."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from checks.backtests.subjects import NotStoredError, of
from checks.models import BackTest
from checks.names import kind_of
from checks.rules import RuleError
from checks.tasks import run_back_test
from monitoring.views.shell import page, show

#: How far back a test may go: (name, words, time).
SPANS: Final = (
    ("1h", "the last hour", timedelta(hours=1)),
    ("6h", "the last 6 hours", timedelta(hours=6)),
    ("24h", "the last day", timedelta(days=1)),
    ("7d", "the last 7 days", timedelta(days=7)),
    ("30d", "the last 30 days", timedelta(days=30)),
)
_USUAL: Final = "24h"
_LISTED: Final = 50


def start(
    subject: dict[str, Any], title: str, since: datetime, until: datetime, by: Any
) -> BackTest:
    """Keep a back-test and hand it to the worker.

    Raises NotStoredError, RuleError, ParameterError or LookupError for what cannot be tested.
    """
    of(subject)
    test = BackTest.objects.create(
        subject=subject, title=title, since=since, until=until, created_by=by
    )
    run_back_test.delay(test.pk)
    return test


def begin(request: HttpRequest, subject: dict[str, Any], title: str) -> HttpResponse:
    """Start a back-test over the span in the form, and lead to it; say why it cannot be."""
    if not request.user.has_perm("checks.add_backtest"):
        raise PermissionDenied
    wanted = request.POST.get("span", _USUAL)
    span = next((span for name, _, span in SPANS if name == wanted), timedelta(days=1))
    now = timezone.now()
    try:
        test = start(subject, title, now - span, now, request.user)
    except (NotStoredError, RuleError, LookupError) as error:
        messages.error(request, str(error))
        return _lead(request, "back-tests")
    return _lead(request, "back-test", test.pk)


def _lead(request: HttpRequest, name: str, *args: Any) -> HttpResponse:
    answer = redirect(name, *args)
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


@page("checks.view_backtest")
def back_tests(request: HttpRequest) -> HttpResponse:
    """Return the back-tests, newest first."""
    tests = BackTest.objects.select_related("created_by")[:_LISTED]
    return show(request, "checks/back_tests.html", "Back-tests", tests=tests)


@page("checks.add_backtest")
def new(request: HttpRequest) -> HttpResponse:
    """Return the form for a check or rule in the URL; a POST begins."""
    key = request.POST.get("check") or request.GET.get("check", "")
    kind = kind_of(key)
    title = kind.title if kind else key
    if request.method == "POST":
        return begin(request, {"check": key}, title)
    return show(
        request,
        "checks/back_test_new.html",
        f"Back-test: {title}",
        key=key,
        spans=[(name, words) for name, words, _ in SPANS],
        usual=_USUAL,
    )


@page("checks.view_backtest")
def back_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a back-test: how far it is, or what came of it."""
    test = get_object_or_404(BackTest.objects.select_related("created_by"), pk=pk)
    sides = [("As tested", test.finding("proposed")), ("At present", test.finding("present"))]
    return show(
        request,
        "checks/back_test.html",
        f"Back-test: {test.title}",
        part="checks/back_test_body.html",
        test=test,
        sides=[(title, side, _bars(side)) for title, side in sides if side],
    )


def _bars(side: dict[str, Any]) -> list[tuple[str, int, float]]:
    """Return (time, findings, height in per cent) of each bar of the timeline."""
    most = max((bar["findings"] for bar in side["timeline"]), default=0) or 1
    return [(b["at"], b["findings"], 100 * b["findings"] / most) for b in side["timeline"]]


@require_POST
@page("checks.view_backtest")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End a back-test that waits or runs."""
    if not request.user.has_perm("checks.change_backtest"):
        raise PermissionDenied
    going = BackTest.objects.filter(
        pk=pk, state__in=(BackTest.State.WAITING, BackTest.State.RUNNING)
    )
    going.update(state=BackTest.State.CANCELLED)
    return redirect("back-test", pk)
