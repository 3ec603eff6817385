"""Exclusions in the admin, with what they hid."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from checks.admin.authored import AuthoredAdmin
from checks.admin.fields import checks_by_title, choose
from checks.models import Exclusion, ExclusionTally
from monitoring.templatetags import units


@admin.register(Exclusion)
class ExclusionAdmin(AuthoredAdmin):
    """Under which conditions checks say nothing, who wanted that, and how often it happened."""

    when_empty = (
        "An exclusion is a condition under which a check says nothing. The quickest way to "
        "one is the button on an alert that is noise."
    )
    list_display = ("what", "reason", "owner", "expires", "hits", "last_hit", "state")
    list_filter = ("is_enabled", "check_key")
    search_fields = ("check_key", "reason", "domain", "application", "network", "condition")
    list_select_related = ("owner", "tally", "interface")
    fieldsets = (
        (None, {"fields": (("check_key", "is_enabled"), "reason", "owner", "expires_at")}),
        ("Who", {"fields": (("client", "server"), ("host", "network"), ("port", "interface"))}),
        ("What", {"fields": (("application", "domain"), "certificate")}),
        ("When", {"fields": (("hours_from", "hours_until"), "zone")}),
        ("Besides", {"fields": ("condition", "frame")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the checks by their titles."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "check_key":
            choose(field, [("", "All checks"), *checks_by_title(own=True)])
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exclusion]:
        """Return the exclusions with their counters."""
        rows: QuerySet[Exclusion] = super().get_queryset(request)
        return rows.select_related("tally")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose whoever writes it as its owner."""
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    @admin.display(description="Hides", ordering="check_key")
    def what(self, exclusion: Exclusion) -> str:
        """Return the criteria in words."""
        return str(exclusion)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, exclusion: Exclusion) -> str:
        """Return when it ends."""
        if exclusion.expires_at is None:
            return "never"
        is_over = exclusion.expires_at <= timezone.now()
        return "expired" if is_over else units.moment(exclusion.expires_at)

    @admin.display(description="Hits", ordering="tally__hits")
    def hits(self, exclusion: Exclusion) -> str:
        """Return how many findings it hid."""
        return units.count(_tally(exclusion).hits)

    @admin.display(description="Last hit", ordering="tally__last_hit")
    def last_hit(self, exclusion: Exclusion) -> str:
        """Return how long ago it hid something."""
        at = _tally(exclusion).last_hit
        return units.ago(at) if at else "never"


def _tally(exclusion: Exclusion) -> ExclusionTally:
    found = getattr(exclusion, "tally", None)
    return found if isinstance(found, ExclusionTally) else ExclusionTally()
