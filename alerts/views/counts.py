"""How many alerts each check engaged in the last day, for the page of checks."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from alerts.models import Alert
from monitoring.views.shell import page


@page("alerts.view_alert")
def last_day(request: HttpRequest) -> HttpResponse:
    """Return ``{key: alerts}`` of the checks that engaged any."""
    since = timezone.now() - timedelta(days=1)
    rows = Alert.objects.filter(engaged_at__gte=since).values_list("check_key")
    return JsonResponse(dict(rows.annotate(Count("id")).order_by()))
