"""The part of an alert's page that says who was told, and who was not and why."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from alerts.evidence import title_of
from alerts.models import Alert
from monitoring.views.shell import page
from recipients.models import Recipient
from recipients.trail import trail_of


@page("recipients.view_decision")
def alert_trail(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a line per recipient and event of the alert."""
    alert = get_object_or_404(Alert, pk=pk)
    can = request.user.has_perm
    context = {
        "lines": trail_of(alert),
        "has_recipients": Recipient.objects.filter(is_builtin=False).exists(),
        "may_see": can("recipients.view_delivery"),
        "may_add": can("recipients.add_recipient"),
        "may_silence": alert.is_engaged and can("recipients.add_silence"),
        "silence": urlencode({"matchers": _conditions(alert), "comment": _comment(alert)}),
    }
    return TemplateResponse(request, "recipients/trail.html", context)


def _conditions(alert: Alert) -> str:
    """Return the conditions of a silence for this alert's check and host."""
    host = alert.attacker or alert.client or alert.server
    about = f"host = {host}" if host else f"entity = {alert.entity}"
    return f"check = {alert.check_key}\n{about}"


def _comment(alert: Alert) -> str:
    return f"{title_of(alert.check_key)}: {alert.entity}"[:500]
