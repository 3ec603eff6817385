"""The band of an anomaly: a measure's last points and where its past let expect them, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from alerts.evidence import check_of
from alerts.models import Alert
from monitoring.views.shell import page


def has_band(alert: Alert) -> bool:
    """Return whether the alert keeps points to draw."""
    return isinstance(alert.values, Mapping) and bool(alert.values.get("series"))


@page("alerts.view_alert")
def alert_band(request: HttpRequest, pk: int) -> HttpResponse:
    """Return times in milliseconds, the measured and expected values, and the band's edges.

    404 for an alert without a band.
    """
    alert = get_object_or_404(Alert, pk=pk)
    if not has_band(alert):
        raise Http404
    return JsonResponse(_drawn(alert.values, getattr(check_of(alert.check_key), "measure", "")))


def _drawn(values: Mapping[str, Any], measure: str) -> dict[str, Any]:
    """Return what the chart draws; the band is as wide everywhere as at its last point."""
    points = json.loads(values["series"])
    half = float(values["upper"]) - float(values["expected"])
    times = [1000 * time for time, _, _ in points]
    expected = [value for _, _, value in points]
    return {
        "seconds": (times[1] - times[0]) // 1000 if len(times) > 1 else 300,
        "unit": "bytes" if measure == "bytes" else "count",
        "times": times,
        "lower": [max(value - half, 0.0) for value in expected],
        "upper": [max(value + half, 0.0) for value in expected],
        "lines": [
            {"name": "Measured", "values": [value for _, value, _ in points]},
            {"name": "Expected", "values": expected},
        ],
    }
