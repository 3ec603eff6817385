"""Scheduled reports in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import display

from monitoring.admin.posting import posted_action
from recipients import tasks
from recipients.models import Recipient, ReportSchedule
from recipients.registry import discover


@admin.register(ReportSchedule)
class ReportScheduleAdmin(ModelAdmin):  # type: ignore[misc]
    """What is reported, how often, to whom."""

    when_empty = "Reports that come by mail when a day, week or month is over."
    list_display = ("name", "is_enabled", "of", "every", "when", "sent_to", "last_run")
    search_fields = ("name", "value")
    actions_detail = ("send_now",)
    fields = (
        "name",
        "is_enabled",
        ("kind", "value"),
        ("every", "hour"),
        "zone",
        "recipients",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the schedules with what their rows show."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("task").prefetch_related("recipients")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the viewer's zone as the zone of a new one."""
        return {"zone": timezone.get_current_timezone_name(), "kind": "site"}

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **how: Any) -> Any:
        """Return the field; only recipients whose endpoint takes reports can be chosen."""
        kinds = [key for key, kind in discover().items() if kind.takes_reports]
        how["queryset"] = Recipient.objects.filter(endpoint__kind__in=kinds)
        found: Any = super().formfield_for_manytomany(db_field, request, **how)
        found.widget.can_add_related = False
        return found

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete several, each with its periodic task."""
        for row in queryset:
            row.delete()

    @display(description="Of")  # type: ignore[untyped-decorator]
    def of(self, row: ReportSchedule) -> str:
        """Return what is reported."""
        return f"{row.kind} {row.value}".strip()

    @display(description="When")  # type: ignore[untyped-decorator]
    def when(self, row: ReportSchedule) -> str:
        """Return the hour and its zone."""
        return f"{row.hour:02}:05 {row.zone}"

    @display(description="To")  # type: ignore[untyped-decorator]
    def sent_to(self, row: ReportSchedule) -> str:
        """Return the recipients' names."""
        return ", ".join(to.name for to in row.recipients.all()) or "nobody"

    @display(description="Last run")  # type: ignore[untyped-decorator]
    def last_run(self, row: ReportSchedule) -> Any:
        """Return when Celery beat last ran it."""
        return row.task.last_run_at if row.task else None

    @posted_action("Send now", permissions=["change"])
    def send_now(self, request: HttpRequest, object_id: Any) -> Any:
        """Have the last period's report made and sent to who has not got it."""
        tasks.send_report.delay(int(object_id))
        messages.success(request, "The report of the last period is being made and sent.")
        return redirect("admin:recipients_reportschedule_change", object_id)
