"""The part of a flow's page that says what the checks found."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from alerts.issues import issues_of_flow
from checks.explaining import explain
from monitoring.history.flows import flow_of_id
from monitoring.views.shell import page


@page("alerts.view_alert")
def flow_checks(request: HttpRequest, flow_id: int) -> HttpResponse:
    """Return the flow's total score, its predominant check and its other issues."""
    flow = flow_of_id(flow_id, timezone.now())
    if flow is None:
        raise Http404("There is no such flow; it may be older than flows are kept.")
    context = {"flow": flow, "hidden": [m for m in explain(flow_id) if m.hidden_by or m.is_shadow]}
    found = issues_of_flow(flow.checks, flow.client, flow.server, flow.interface_id)
    return TemplateResponse(request, "alerts/flow_checks.html", {**context, "issues": found})
