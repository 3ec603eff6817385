"""Reports: asked for, watched while they are made, read, downloaded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from alerts.models import SavedReport
from alerts.reports import making
from alerts.reports.subject import Every, Kind, Period, last_complete
from alerts.tasks import make_report
from monitoring.models import Interface, LocalNetwork
from monitoring.views.shell import page, show

_LISTED: Final = 50
#: Periods that the form offers beside one of the viewer's own: name, words.
_PERIODS: Final = {
    "24h": "the last 24 hours",
    "7d": "the last 7 days",
    "30d": "the last 30 days",
    "day": "yesterday",
    "week": "last week, Monday to Sunday",
    "month": "last month",
    "own": "from – until",
}
_SPANS: Final = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
_KINDS: Final = {
    "site": "Whole site",
    "interface": "Interface",
    "network": "Network",
    "host": "Host",
}


def reader(request: HttpRequest) -> None:
    """Raise PermissionDenied for who may not see all that reports tell of."""
    if not making.may(request.user):
        raise PermissionDenied


@page("alerts.view_savedreport")
def report_list(request: HttpRequest) -> HttpResponse:
    """Return the reports, newest first, and the form for another; a POST asks for it."""
    reader(request)
    if request.method == "POST" and (saved := _asked(request)):
        return redirect("report", saved.pk)
    chosen = request.POST if request.method == "POST" else request.GET
    kind = chosen.get("kind", "")
    reports = SavedReport.objects.select_related("created_by").defer("document", "pdf")
    return show(
        request,
        "reports/reports.html",
        "Reports",
        reports=reports[:_LISTED],
        kinds=_KINDS,
        kind=kind if kind in _KINDS else "site",
        value=chosen.get("value", "")[:60],
        chosen_interface=chosen.get("interface", ""),
        period=chosen.get("period", "7d"),
        periods=_PERIODS,
        interfaces=Interface.objects.select_related("agent"),
        networks=LocalNetwork.objects.all(),
        zone=timezone.get_current_timezone_name(),
        now=timezone.now(),
    )


def _asked(request: HttpRequest) -> SavedReport | None:
    """Keep what the form asks for and have it made; None after a message of what is wrong."""
    form, zone = request.POST, timezone.get_current_timezone_name()
    kind = form.get("kind", "")
    value = form.get("interface" if kind == Kind.INTERFACE else "value", "").replace("\0", "")
    try:
        period = _period(form)
        saved = making.ask(kind, value[:60], period, zone, request.user)
    except (ValueError, LookupError) as error:
        messages.error(request, str(error).strip("'\"").capitalize())
        return None
    make_report.delay(saved.pk)
    return saved


def _period(form: Any) -> Period:
    """Return the period of a form; raises ValueError for what is none."""
    name, now = form.get("period", "7d"), timezone.now()
    if name in _SPANS:
        return Period(now - _SPANS[name], now)
    if name in list(Every):
        zone = making.zone_of(timezone.get_current_timezone_name())
        return last_complete(Every(name), now, zone)
    times = [_time(form.get(side, "")) for side in ("since", "until")]
    return Period(times[0], min(times[1], now))


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("give a time from which and one until which") from None
    return timezone.make_aware(time) if timezone.is_naive(time) else time


@page("alerts.view_savedreport")
def report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a report's page: how far it is, or the report with its downloads."""
    reader(request)
    saved = get_object_or_404(SavedReport.objects.select_related("created_by").defer("pdf"), pk=pk)
    return show(
        request,
        "reports/saved.html",
        saved.title,
        part="reports/saved_body.html",
        report=saved,
        may_delete=_may_delete(request, saved),
    )


@page("alerts.view_savedreport")
@xframe_options_sameorigin
def report_file(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """Return the file: a PDF, or HTML; to keep with ``?download``, else to look at."""
    reader(request)
    saved = get_object_or_404(SavedReport, pk=pk, state=SavedReport.State.DONE)
    answer = file_of(saved, form)
    way = "attachment" if "download" in request.GET else "inline"
    answer["Content-Disposition"] = f'{way}; filename="{saved.file_name}.{form}"'
    return answer


def file_of(saved: SavedReport, form: str) -> HttpResponse:
    """Return a report that was made as "pdf" or "html"; raises Http404 for another form."""
    if form == "pdf" and saved.pdf is not None:
        return HttpResponse(bytes(saved.pdf), content_type="application/pdf")
    if form == "html":
        answer = HttpResponse(making.html_text(saved))
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        return answer
    raise Http404("A report is there as pdf and as html.")


@require_POST
@page("alerts.view_savedreport")
def report_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a report: one's own, or any with the permission to."""
    reader(request)
    saved = get_object_or_404(SavedReport.objects.defer("document", "pdf"), pk=pk)
    if not _may_delete(request, saved):
        raise PermissionDenied
    saved.delete()
    messages.success(request, "The report is deleted.")
    return redirect("reports")


def _may_delete(request: HttpRequest, saved: SavedReport) -> bool:
    is_own = saved.created_by_id is not None and saved.created_by_id == request.user.pk
    return is_own or request.user.has_perm("alerts.delete_savedreport")
