"""Reports that are made when a day, week or month is over, and sent."""

from __future__ import annotations

import json
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from alerts.reports.subject import Every, Kind, subject_of
from recipients.models.recipient import Recipient
from recipients.windows import zone_of

#: What Celery beat runs, with the schedule's number.
TASK: Final = "recipients.tasks.send_report"
#: When a period is over: fields of a crontab.
_OVER: Final[dict[str, dict[str, str]]] = {
    Every.DAY: {},
    Every.WEEK: {"day_of_week": "1"},
    Every.MONTH: {"day_of_month": "1"},
}


class ReportSchedule(models.Model):
    """What is reported, how often, and to whom; a periodic task of Celery beat runs it."""

    name = models.CharField(max_length=100, unique=True)
    is_enabled = models.BooleanField("enabled", default=True)
    kind = models.CharField(
        "of", max_length=10, choices=[(str(kind), kind.capitalize()) for kind in Kind]
    )
    value = models.CharField(
        "which",
        max_length=60,
        blank=True,
        help_text="A host's address, a network as 10.0.0.0/8, an interface's number; "
        "nothing for the site.",
    )
    every = models.CharField(
        max_length=10, choices=[(str(one), one.capitalize()) for one in Every], default="week"
    )
    hour = models.PositiveSmallIntegerField(
        default=7,
        validators=[MaxValueValidator(23)],
        help_text="From this hour of the zone, on the day after the period: weeks end on Sunday.",
    )
    zone = models.CharField("time zone", max_length=60, default="UTC")
    recipients = models.ManyToManyField(
        Recipient, related_name="reports", help_text="Recipients of an e-mail endpoint."
    )
    task = models.OneToOneField(
        PeriodicTask, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Listed by name."""

        ordering = ["name"]
        verbose_name = "scheduled report"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a subject or a zone that there is not, naming the field."""
        reasons: dict[str, str] = {}
        try:
            self.value = subject_of(self.kind, self.value).value
        except (ValueError, LookupError) as error:
            reasons["value"] = str(error).strip("'\"")
        try:
            zone_of(self.zone)
        except ValueError as error:
            reasons["zone"] = str(error)
        if reasons:
            raise ValidationError(reasons)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and have Celery beat run it when it is due."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._plan()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete it with its periodic task."""
        with transaction.atomic():
            if self.task:
                self.task.delete()
            return super().delete(*args, **kwargs)

    def _plan(self) -> None:
        when, _ = CrontabSchedule.objects.get_or_create(
            minute="5",
            hour=str(self.hour),
            timezone=self.zone,
            **{
                "day_of_week": "*",
                "day_of_month": "*",
                "month_of_year": "*",
                **_OVER[self.every],
            },
        )
        task, _ = PeriodicTask.objects.update_or_create(
            name=f"Report {self.pk}: {self.name}"[:200] if not self.task else self.task.name,
            defaults={
                "task": TASK,
                "crontab": when,
                "args": json.dumps([self.pk]),
                "enabled": self.is_enabled,
                "description": f"The scheduled report “{self.name}”; change it there.",
            },
        )
        if self.task_id != task.pk:
            self.task = task
            super().save(update_fields=["task"])
