"""Inhibition rules in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from recipients import outbox
from recipients.models import InhibitionRule


@admin.register(InhibitionRule)
class InhibitionRuleAdmin(ModelAdmin):  # type: ignore[misc]
    """Causes that hide their symptoms."""

    when_empty = "An inhibition rule holds back the symptoms while their cause is engaged."
    list_display = ("name", "is_enabled", "cause", "equal")
    list_filter = ("is_enabled",)
    search_fields = ("name", "cause", "symptom")
    fields = ("name", "is_enabled", "cause", "symptom", "equal", "description")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **how: Any) -> Any:
        """Return the field; conditions stand on lines."""
        if db_field.name in ("cause", "symptom", "description"):
            how["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **how)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; what was hidden is decided anew."""
        super().save_model(request, obj, form, change)
        outbox.recheck_soon(timezone.now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete; what it hid is told if it is still engaged."""
        super().delete_model(request, obj)
        outbox.recheck_soon(timezone.now())
