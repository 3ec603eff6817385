"""Times in which alerts are kept but nobody is told."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from recipients.matchers import validate_matchers
from recipients.windows import Recurrence


class Silence(models.Model):
    """A silence from one time to another. What is still engaged when it ends is told then."""

    matchers = models.TextField(
        validators=[validate_matchers],
        help_text="A condition a line, all of them must hold: “check = syn_scan”, "
        "“host in 10.0.0.0/8”, “entity ~ *backup*”, “severity != emergency”.",
    )
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    comment = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Those that end last come first."""

        ordering = ["-ends_at"]

    def __str__(self) -> str:
        return self.comment or f"Silence {self.pk}"

    def clean(self) -> None:
        """Refuse a silence that ends before it begins."""
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "must be after its beginning"})

    def state(self, now: datetime) -> str:
        """Return "pending", "active" or "over"."""
        if self.ends_at <= now:
            return "over"
        return "active" if self.starts_at <= now else "pending"


class MaintenanceWindow(models.Model):
    """A silence that comes again, by a rule of RFC 5545 in a named time zone."""

    name = models.CharField(max_length=100, unique=True)
    matchers = models.TextField(
        blank=True, validators=[validate_matchers], help_text="As of a silence; empty: everything."
    )
    first = models.CharField(
        "first start", max_length=16, help_text="Local time in the zone, as 2026-11-29 02:00."
    )
    minutes = models.PositiveIntegerField(
        "lasts",
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
        help_text="Minutes.",
    )
    rule = models.CharField(
        max_length=300,
        help_text="“FREQ=WEEKLY;BYDAY=SU”, “FREQ=MONTHLY;BYDAY=1SA”; DAILY to YEARLY.",
    )
    zone = models.CharField("time zone", max_length=60, default="UTC")
    is_enabled = models.BooleanField("enabled", default=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    comment = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Listed by name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def recurrence(self) -> Recurrence:
        """Return when it comes; raises ValueError naming what is wrong."""
        return Recurrence.parse(self.first, self.minutes, self.rule, self.zone)

    def clean(self) -> None:
        """Refuse a rule, a start or a zone that says nothing."""
        try:
            self.recurrence()
        except ValueError as error:
            field, _, reason = str(error).partition(": ")
            raise ValidationError({field: reason}) from error
