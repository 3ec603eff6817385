"""What happened to an alert: its timeline, and the outbox of who is to be told."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from alerts.models.alert import Alert


class Kind(models.TextChoices):
    """What happened. ``repeated`` is said once in a while, not for every finding."""

    ENGAGED = "engaged"
    REPEATED = "repeated"
    ESCALATED = "escalated"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    COMMENTED = "commented"


#: What recipients may hear of.
CHANGES = (Kind.ENGAGED, Kind.ESCALATED, Kind.RELEASED, Kind.ACKNOWLEDGED)


class AlertEvent(models.Model):
    """One line of an alert's timeline, written in the transaction that changes the alert.

    Ids are given under the lifecycle's lock, so that they grow in the order of commits: who has
    seen id n has seen all before it. Events of CHANGES without ``dispatched_at`` are the outbox.
    """

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(blank=True)
    count = models.BigIntegerField(help_text="The alert's, then.")
    score = models.SmallIntegerField(help_text="The alert's, then.")
    dispatched_at = models.DateTimeField(
        null=True, help_text="When it was handed to the recipients that match."
    )

    class Meta:
        """In the order of what happened."""

        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(dispatched_at__isnull=True, kind__in=list(CHANGES)),
                name="alert_event_outbox",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"
