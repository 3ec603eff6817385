"""The dashboard: what goes on, who talks most, what is wrong, and how the agents are."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts.models import Alert
from alerts.models.alert import State
from monitoring.demonstration import KIND, remove_demonstration
from monitoring.history.agents import health_of
from monitoring.history.conversations import countries
from monitoring.history.now import now_of
from monitoring.history.traffic import hosts_of, top
from monitoring.models import Agent
from monitoring.views.shell import Looking, page, show

_ALERTS = 6


@page("monitoring.view_interface")
def dashboard(request: HttpRequest) -> HttpResponse:
    """Return the dashboard, or for htmx its part that renews itself."""
    looking, now = Looking.of(request), timezone.now()
    engaged = Alert.objects.filter(state=State.ENGAGED)
    if looking.interface:
        engaged = engaged.filter(interface=looking.interface)
    talkers = top("host", looking.window, 8)
    named = hosts_of([sums.key for sums in talkers], looking.interface_ids)
    return show(
        request,
        "ntopweb/dashboard.html",
        "Dashboard",
        part="ntopweb/dashboard_part.html",
        looking=looking,
        now=now_of(now, looking.interface_ids),
        engaged=engaged.count(),
        alerts=engaged.select_related("interface").order_by("-score", "-last_seen")[:_ALERTS],
        may_see_alerts=request.user.has_perm("alerts.view_alert"),
        talkers=[(sums, named.get(sums.key)) for sums in talkers],
        applications=top("application", looking.window, 8),
        categories=top("category", looking.window, 8),
        countries=countries(looking.window, 4),
        agents=[(agent, health_of(agent, now)) for agent in Agent.objects.all()],
        demonstration=[one for one in looking.interfaces if one.kind == KIND],
    )


@require_POST
@page("monitoring.delete_interface")
def drop_demonstration(request: HttpRequest) -> HttpResponse:
    """Remove the demonstration and return to the dashboard."""
    remove_demonstration()
    messages.success(request, "The demonstration and all it showed are removed.")
    return redirect("admin:index")
