"""Silences and maintenance windows in the admin, with a preview of what they hide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from recipients import outbox
from recipients.models import MaintenanceWindow, Silence
from recipients.windows import zone_of


class _HidingAdmin(ModelAdmin):  # type: ignore[misc]
    """What holds alerts back: its author is who makes it, and a change is in force at once."""

    readonly_fields: tuple[str, ...] = ("author", "created_at", "hides")

    class Media:
        """What renews the preview while one writes."""

        js = ("ntopweb/recipients.js",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **how: Any) -> Any:
        """Return the field; conditions stand on lines."""
        if db_field.name == "matchers":
            how["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 4})
        return super().formfield_for_dbfield(db_field, request, **how)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, with who made it."""
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)
        outbox.recheck_soon(timezone.now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete; what it held back is told if it is still engaged."""
        super().delete_model(request, obj)
        outbox.recheck_soon(timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete several."""
        super().delete_queryset(request, queryset)
        outbox.recheck_soon(timezone.now())

    @display(description="Hides now")  # type: ignore[untyped-decorator]
    def hides(self, obj: Any) -> SafeString:
        """Return the place where the preview stands; a script fills it."""
        return render_to_string("recipients/_hides_place.html")


@admin.register(Silence)
class SilenceAdmin(_HidingAdmin):
    """Times in which alerts are kept but nobody is told."""

    when_empty = "While a silence lasts, alerts that match are kept, but nobody is told."
    list_display = ("comment", "state_shown", "conditions", "starts_at", "ends_at", "author")
    list_select_related = ("author",)
    search_fields = ("comment", "matchers")
    fields = ("matchers", "hides", "starts_at", "ends_at", "comment", "author", "created_at")
    actions = ("end_now",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return an hour from now, and what a link asks for."""
        now = timezone.now().replace(second=0, microsecond=0)
        asked = super().get_changeform_initial_data(request)
        return {"starts_at": now, "ends_at": now + timedelta(hours=1), **asked}

    @admin.action(description="End now", permissions=["change"])
    def end_now(self, request: HttpRequest, queryset: QuerySet[Silence]) -> None:
        """End the chosen silences; what they held back is told if it is still engaged."""
        now = timezone.now()
        count = queryset.filter(ends_at__gt=now, starts_at__lt=now).update(ends_at=now)
        count += queryset.filter(starts_at__gte=now).delete()[0]
        outbox.recheck_soon(now)
        messages.success(request, f"{count} silences have ended.")

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"active": "success", "pending": "info", "over": "default"}
    )
    def state_shown(self, silence: Silence) -> str:
        """Return whether it holds back now."""
        return silence.state(timezone.now())

    @display(description="Conditions")  # type: ignore[untyped-decorator]
    def conditions(self, silence: Silence) -> str:
        """Return the conditions on a line."""
        return "; ".join(line for line in silence.matchers.splitlines() if line.strip())


class WindowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A window whose first start stands in local time."""

    class Meta:
        """The model's own fields; the admin says which."""

        model = MaintenanceWindow
        fields = ("name", "matchers", "first", "minutes", "rule", "zone", "is_enabled", "comment")


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(_HidingAdmin):
    """Silences that come again."""

    when_empty = (
        "A maintenance window is a silence that comes again, such as each Sunday from 2 to 4."
    )
    form = WindowForm
    list_display = ("name", "is_enabled", "rule", "zone", "next_shown", "author")
    list_select_related = ("author",)
    search_fields = ("name", "comment", "matchers")
    readonly_fields = (*_HidingAdmin.readonly_fields, "upcoming")
    fields = (
        "name",
        "is_enabled",
        ("first", "minutes"),
        ("rule", "zone"),
        "upcoming",
        "matchers",
        "hides",
        "comment",
        "author",
        "created_at",
    )

    @display(description="Next")  # type: ignore[untyped-decorator]
    def next_shown(self, window: MaintenanceWindow) -> str:
        """Return when it comes next, or that it is open."""
        return (_times(window, 1) or ["never again"])[0]

    @display(description="Comes")  # type: ignore[untyped-decorator]
    def upcoming(self, window: MaintenanceWindow) -> str:
        """Return the next times."""
        return "; ".join(_times(window, 5)) if window.pk else "as soon as it is saved, said here"


def _times(window: MaintenanceWindow, count: int) -> list[str]:
    try:
        found = window.recurrence().upcoming(timezone.now(), count)
    except ValueError as error:
        return [str(error)]
    zone = zone_of(window.zone)
    return [
        f"{begin.astimezone(zone):%a %d %b %Y %H:%M} – {end.astimezone(zone):%H:%M %Z}"
        for begin, end in found
    ]
