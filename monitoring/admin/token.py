"""Tokens of the REST API in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from monitoring.admin.shown_once import TokenAdmin
from monitoring.models import ApiToken
from monitoring.templatetags import units


@admin.register(ApiToken)
class ApiTokenAdmin(TokenAdmin):
    """Tokens are added here and shown once; one that got about is deleted, and another made."""

    list_display = ("name", "user", "for_what", "limits", "expiry", "used")
    list_filter = ("may_read", "may_write", "may_ingest")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    autocomplete_fields = ("user",)
    filter_horizontal = ("interfaces",)
    readonly_fields = ("created_at", "last_used_at", "last_used_from")
    #: None: replacing one by a link could be done by a foreign page.
    actions_detail: tuple[str, ...] = ()
    fieldsets = (
        (None, {"fields": ("name", "user", "expires_at")}),
        ("For", {"fields": ("may_read", "may_write", "may_ingest")}),
        ("Limited to", {"fields": ("interfaces", "networks", "allowed_from")}),
        ("Use", {"fields": readonly_fields}),
    )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Note whether interfaces were chosen."""
        super().save_related(request, form, formsets, change)
        form.instance.limit_to(list(form.instance.interfaces.all()))

    @admin.display(description="For")
    def for_what(self, token: ApiToken) -> str:
        """Return the scopes."""
        return ", ".join(token.scopes) or "nothing"

    @admin.display(description="Limits")
    def limits(self, token: ApiToken) -> str:
        """Return what it is limited to."""
        found = ["to interfaces"] if token.is_limited else []
        found += [f"to {', '.join(token.networks)}"] if token.networks else []
        found += [f"from {', '.join(token.allowed_from)}"] if token.allowed_from else []
        return "; ".join(found) or "–"

    @admin.display(description="Expires", ordering="expires_at")
    def expiry(self, token: ApiToken) -> str:
        """Return when it ends."""
        return units.moment(token.expires_at) if token.expires_at else "never"

    @admin.display(description="Last used", ordering="last_used_at")
    def used(self, token: ApiToken) -> str:
        """Return how long ago, and from where."""
        ago = units.ago(token.last_used_at)
        return format_html("{} from {}", ago, token.last_used_from) if token.last_used_from else ago
