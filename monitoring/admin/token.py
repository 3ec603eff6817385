"""Tokens of the REST API in the admin."""

from __future__ import annotations

from django.contrib import admin

from monitoring.admin.shown_once import TokenAdmin
from monitoring.models import ApiToken
from monitoring.templatetags import units


@admin.register(ApiToken)
class ApiTokenAdmin(TokenAdmin):
    """Tokens are added here and shown once."""

    list_display = ("name", "user", "may_write", "expiry", "used")
    list_filter = ("may_write",)
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    autocomplete_fields = ("user",)
    fields = ("name", "user", "may_write", "expires_at", "created_at", "last_used_at")
    readonly_fields = ("created_at", "last_used_at")

    @admin.display(description="Expires", ordering="expires_at")
    def expiry(self, token: ApiToken) -> str:
        """Return when it ends."""
        return units.moment(token.expires_at) if token.expires_at else "never"

    @admin.display(description="Last used", ordering="last_used_at")
    def used(self, token: ApiToken) -> str:
        """Return how long ago."""
        return units.ago(token.last_used_at)
