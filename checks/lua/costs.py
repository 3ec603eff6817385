"""What scripts cost: the one function that pages, REST and /metrics ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Max, Sum
from django.utils import timezone

from checks.lua.models import Run


def costs_of(span: timedelta) -> dict[int, dict[str, Any]]:
    """Return what each script that ran did and cost in the last ``span``, by its number.

    ``rows``, ``seconds`` of one core, ``hits``, ``errors``, ``last`` (minute in which it ran),
    ``microseconds`` per row, ``share`` of a core in per cent.
    """
    runs = Run.objects.filter(minute__gte=timezone.now() - span).values("script")
    sums = runs.annotate(
        rows=Sum("rows"),
        seconds=Sum("seconds"),
        hits=Sum("hits"),
        errors=Sum("errors"),
        last=Max("minute"),
    )
    return {one["script"]: {**one, **_cost(one, span)} for one in sums.order_by()}


def _cost(sums: Mapping[str, Any], span: timedelta) -> dict[str, float]:
    rows, seconds = sums["rows"] or 0, sums["seconds"] or 0.0
    return {
        "microseconds": seconds / rows * 1e6 if rows else 0.0,
        "share": seconds / span.total_seconds() * 100,
    }


def last_errors_of(span: timedelta) -> dict[int, Run]:
    """Return, by a script's number, the last minute of ``span`` in which it erred."""
    erred = Run.objects.filter(minute__gte=timezone.now() - span).exclude(error="")
    return {
        run.script_id: run for run in erred.order_by("script_id", "-minute").distinct("script_id")
    }
