"""The noise report: how often each check fired, and what became of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from alerts import noise
from monitoring.views.shell import SPANS, page, show

_OFFERED = ("24h", "7d", "30d")
#: The noisiest checks that the page shows unless asked for all.
_SHOWN = 25


@page("alerts.view_alert")
def noise_report(request: HttpRequest) -> HttpResponse:
    """Return the report of the span in the URL, seven days unless given."""
    span = request.GET.get("span", "7d")
    span = span if span in _OFFERED else "7d"
    now = timezone.now()
    rows = noise.report(SPANS[span][1], now)
    shown = rows if "all" in request.GET else rows[:_SHOWN]
    return show(
        request,
        "alerts/noise.html",
        "Noise report",
        rows=shown,
        hidden=len(rows) - len(shown),
        most=max((row.fired for row in rows), default=0),
        totals=noise.totals(rows),
        suggestions=noise.suggestions(SPANS[span][1], now),
        span=span,
        spans={name: SPANS[name][0] for name in _OFFERED},
        may_exclude=request.user.has_perm("checks.add_exclusion"),
    )
