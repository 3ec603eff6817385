"""Blacklists in the admin: which are read, from where, and what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from monitoring.models import BlacklistSource
from monitoring.templatetags import units


@admin.register(BlacklistSource)
class BlacklistSourceAdmin(ModelAdmin):  # type: ignore[misc]
    """A saved list is read within a minute."""

    when_empty = (
        "A blacklist is a file or an address with names, addresses or networks that nobody "
        "should contact."
    )
    list_display = ("name", "category", "format", "is_enabled", "entries", "read", "error")
    list_filter = ("is_enabled", "category", "format")
    search_fields = ("name", "location")
    readonly_fields = ("attempted_at", "refreshed_at", "entries", "refused", "error")
    actions = ("read_soon",)

    def save_model(
        self, request: HttpRequest, obj: BlacklistSource, form: Any, change: bool
    ) -> None:
        """Save, and have the list read at the next round."""
        obj.attempted_at = None
        super().save_model(request, obj, form, change)

    @admin.action(description="Read again within a minute", permissions=["change"])
    def read_soon(self, request: HttpRequest, queryset: QuerySet[BlacklistSource]) -> None:
        """Have the chosen lists read at the next round."""
        count = queryset.update(attempted_at=None)
        messages.success(request, f"{count} lists will be read within a minute.")

    @admin.display(description="Read", ordering="refreshed_at")
    def read(self, source: BlacklistSource) -> str:
        """Return how long ago it was read without an error."""
        return units.ago(source.refreshed_at) if source.refreshed_at else "never"
