"""Agents in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from monitoring.admin.shown_once import TokenAdmin
from monitoring.models import Agent
from monitoring.templatetags import units


@admin.register(Agent)
class AgentAdmin(TokenAdmin):
    """Agents are added here; their token is shown once."""

    list_display = ("name", "is_enabled", "seen", "address", "version", "received", "dropped")
    list_filter = ("is_enabled",)
    search_fields = ("name", "address")
    readonly_fields = (
        "created_at",
        "last_seen_at",
        "address",
        "version",
        "session",
        "clock_skew_ms",
        "counters",
    )
    fieldsets = (
        (None, {"fields": ("name", "is_enabled")}),
        ("Seen", {"fields": readonly_fields}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Agent | None = None) -> tuple[object, ...]:
        """Return the editable part alone for a new agent."""
        return self.fieldsets if obj else self.fieldsets[:1]

    @admin.display(description="Last seen", ordering="last_seen_at")
    def seen(self, agent: Agent) -> str:
        """Return how long ago."""
        return units.ago(agent.last_seen_at)

    @admin.display(description="Received")
    def received(self, agent: Agent) -> str:
        """Return the packets or records since its start."""
        return units.short(agent.counters.get("received"))

    @admin.display(description="Kernel drops")
    def dropped(self, agent: Agent) -> str:
        """Return the packets lost before the agent saw them."""
        return units.short(agent.counters.get("kernel_drops"))
