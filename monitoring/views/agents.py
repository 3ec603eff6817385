"""Agents with their counters and health."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from capture_agent.schema import COUNTERS
from monitoring.history.agents import health_of
from monitoring.models import Agent
from monitoring.views.shell import page, show


@page("monitoring.view_agent")
def agent_list(request: HttpRequest) -> HttpResponse:
    """Return all agents."""
    now = timezone.now()
    agents = Agent.objects.annotate(sources=Count("interfaces"))
    rows = [(agent, health_of(agent, now), _counters(agent)) for agent in agents]
    return show(
        request,
        "monitoring/agents.html",
        "Agents",
        part="monitoring/agents_table.html",
        rows=rows,
    )


def _counters(agent: Agent) -> list[tuple[str, int | None]]:
    """Return what the agent counted, in the contract's order and in words."""
    return [(name.replace("_", " "), agent.counters.get(name)) for name in COUNTERS]
