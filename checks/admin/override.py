"""Overrides in the admin: other settings of a check for a pool, a network, an interface."""

from __future__ import annotations

from django.contrib import admin

from checks.admin.authored import AuthoredAdmin
from checks.models import Override


@admin.register(Override)
class OverrideAdmin(AuthoredAdmin):
    """What differs where; the check's own page shows what is inherited."""

    when_empty = (
        "An override gives a check other values, or switches it off, for a pool of hosts, a "
        "network or an interface."
    )
    list_display = ("check_key", "where", "is_enabled", "parameters", "score", "state")
    list_filter = ("check_key",)
    search_fields = ("check_key", "network", "pool__name", "interface__name")
    list_select_related = ("pool", "interface")
    fieldsets = (
        (None, {"fields": ("check_key",)}),
        ("Where: one of", {"fields": (("pool", "network", "interface"),)}),
        ("What differs", {"fields": (("is_enabled", "score"), "parameters")}),
    )

    @admin.display(description="Where")
    def where(self, override: Override) -> str:
        """Return the scope in words."""
        return override.scope_name

    def running(self, obj: Override) -> str:
        """Return nothing: its switch has a column of its own."""
        return "in force"
