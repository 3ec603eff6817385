"""Reports that were asked for, and kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedReport(models.Model):
    """A report of a subject over a period: waiting, being made, or made.

    ``document`` is :class:`alerts.reports.document.Report` as JSON, from which HTML is written
    whenever it is asked for; the PDF is kept as it was set.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=10, help_text="host, interface, network or site.")
    value = models.CharField(
        max_length=60, blank=True, help_text="Address, interface's number or network."
    )
    title = models.CharField(max_length=400)
    since = models.DateTimeField()
    until = models.DateTimeField()
    zone = models.CharField(max_length=60, default="UTC")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=100, blank=True)
    error = models.TextField(blank=True)
    document = models.JSONField(default=dict)
    pdf = models.BinaryField(null=True)
    schedule = models.CharField(
        max_length=100, blank=True, help_text="Name of the schedule that made it."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering = ["-id"]
        verbose_name = "report"

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def file_name(self) -> str:
        """A name for the file, without an ending: letters, digits and dashes only."""
        value = "".join(letter if letter.isalnum() else "-" for letter in self.value)
        parts = ("report", self.kind, value.strip("-"), f"{self.since:%Y%m%d}")
        return "-".join(part for part in parts if part)
