"""The part of a host's page that says which alerts it is in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from alerts.chosen import AlertFilter
from alerts.models import Alert
from monitoring.models import Host
from monitoring.views.shell import page

_ROWS = 8


@page("alerts.view_alert")
def host_alerts(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the newest alerts in which the host is either side, engaged ones first."""
    host = get_object_or_404(Host, pk=pk)
    wanted = AlertFilter(host=host.address, interfaces=[host.interface_id])
    found = wanted.narrow(Alert.objects.all()).order_by("state", "-score", "-last_seen")
    context = {"host": host, "alerts": found[:_ROWS], "total": found.count()}
    return TemplateResponse(request, "ntopweb/host_alerts.html", context)
