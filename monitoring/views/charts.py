"""What charts draw, as JSON: times in milliseconds since 1970, values in bits/s."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from monitoring.history.traffic import Series, directions, host_key, stacked
from monitoring.history.window import Window
from monitoring.models import Host
from monitoring.models.traffic import DIMENSIONS
from monitoring.views.shell import Looking, page


@page("monitoring.view_interface")
def traffic_chart(request: HttpRequest, dimension: str) -> HttpResponse:
    """Return the rates of a dimension's greatest keys over time."""
    if dimension not in DIMENSIONS:
        raise Http404
    return _answer(stacked(dimension, Looking.of(request).window))


@page("monitoring.view_host")
def host_chart(request: HttpRequest, pk: int) -> HttpResponse:
    """Return what a host sent and received over time."""
    host = get_object_or_404(Host, pk=pk)
    window = Looking.of(request).window
    own = Window(window.since, window.until, [host.interface_id])
    return _answer(directions("host", host_key(host), own))


def _answer(series: Series) -> JsonResponse:
    return JsonResponse(
        {
            "seconds": series.seconds,
            "times": [int(moment.timestamp() * 1000) for moment in series.times],
            "lines": [
                {"name": name or "Total", "values": [round(value) for value in values]}
                for name, values in series.lines.items()
            ],
        }
    )
