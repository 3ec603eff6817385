"""A check run over stored flows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models


class BackTest(models.Model):
    """A run of a check, a rule or a change of either over stored flows, and what came of it.

    ``subject`` says what is tested: ``{"check": key, "parameters": {…}, "score": n}`` or
    ``{"rule": {fields}}``. ``pinned`` keeps the settings and list versions that it ran with.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    subject = models.JSONField()
    title = models.CharField(max_length=200)
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    pinned = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering = ["-id"]
        verbose_name = "back-test"

    def __str__(self) -> str:
        return f"{self.title} over {self.until - self.since}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)

    @property
    def took(self) -> timedelta | None:
        """How long it ran; None before it is over."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at

    @property
    def percent(self) -> int:
        """How much of the rows is done."""
        if self.state == self.State.DONE:
            return 100
        return min(99, 100 * self.rows_done // self.rows_total) if self.rows_total else 0

    def finding(self, name: str) -> Any:
        """Return a part of the result."""
        return self.result.get(name)
