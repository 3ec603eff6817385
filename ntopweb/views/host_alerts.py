"""The part of a host's page that says which alerts it is in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from alerts.chosen import AlertFilter
from alerts.models import Alert
from monitoring.models import Host
from monitoring.views.shell import page

#: Rows on the first tab, and on the alerts' own.
_FEW, _MANY = 6, 50


@page("alerts.view_alert")
def host_alerts(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the newest alerts in which the host is either side, engaged ones first."""
    host = get_object_or_404(Host, pk=pk)
    wanted = AlertFilter(host=host.address, interfaces=[host.interface_id])
    found = wanted.narrow(Alert.objects.all()).order_by("state", "-score", "-last_seen")
    rows = _MANY if request.GET.get("rows") else _FEW
    context = {"host": host, "alerts": found[:rows], "total": found.count()}
    return TemplateResponse(request, "ntopweb/host_alerts.html", context)
