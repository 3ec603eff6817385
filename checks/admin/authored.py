"""What the admin pages of all that operators write have in common."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import JSONField, QuerySet, TextField
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from checks.admin.fields import few_lines
from checks.settings_store import forget_runner


class AuthoredAdmin(ModelAdmin):  # type: ignore[misc]
    """Notes who saved; ends a quarantine; what is saved is in force within seconds."""

    list_filter_submit = True
    warn_unsaved_form = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give texts a few lines, and the switch its name."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "is_enabled":
            field.label = "Enabled"
        if isinstance(db_field, TextField | JSONField):
            few_lines(field)
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save in the user's name."""
        obj.keep(by=request.user)
        forget_runner()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove, in force at once."""
        super().delete_model(request, obj)
        forget_runner()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Remove several, in force at once."""
        super().delete_queryset(request, queryset)
        forget_runner()

    @admin.display(description="State")
    def state(self, obj: Any) -> str:
        """Return whether it runs; the error where it was stopped."""
        return f"stopped: {obj.quarantine_error}" if obj.quarantined_at else self.running(obj)

    def running(self, obj: Any) -> str:
        """Return the state of one that was not stopped."""
        return "on" if getattr(obj, "is_enabled", True) else "off"
