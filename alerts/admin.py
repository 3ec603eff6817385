"""Alerts in the admin: to look at; pages and REST act on them."""

from __future__ import annotations

from django.contrib import admin

from alerts.models import Alert, Finding
from monitoring.admin.readonly import ObservedAdmin


@admin.register(Alert)
class AlertAdmin(ObservedAdmin):
    """All alerts there are."""

    show_full_result_count = False
    list_display = ("check_key", "entity", "severity", "state", "count", "first_seen", "last_seen")
    list_filter = ("state", "family", "severity", "check_key")
    search_fields = ("entity", "message", "check_key")
    ordering = ("-id",)


@admin.register(Finding)
class FindingAdmin(ObservedAdmin):
    """What waits for the lifecycle, and what it could not fold."""

    list_display = ("check_key", "entity", "status", "error", "created_at")
    list_filter = ("status", "family")
    ordering = ("-id",)
