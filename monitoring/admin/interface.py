"""Interfaces in the admin."""

from __future__ import annotations

from django.contrib import admin

from monitoring.admin.readonly import ObservedAdmin
from monitoring.models import Interface
from monitoring.templatetags import units


@admin.register(Interface)
class InterfaceAdmin(ObservedAdmin):
    """Interfaces come with their agent's first batch; removing one removes what it saw."""

    list_display = ("name", "kind", "agent", "seen")
    list_filter = ("kind", "agent")
    list_select_related = ("agent",)
    search_fields = ("name",)

    @admin.display(description="Last seen", ordering="last_seen")
    def seen(self, interface: Interface) -> str:
        """Return how long ago."""
        return units.ago(interface.last_seen)
