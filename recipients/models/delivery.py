"""Messages to recipients, with every attempt on record."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from recipients.models.group import Group
from recipients.models.recipient import Recipient


class Delivery(models.Model):
    """One message to one recipient. What it says is kept as it was decided."""

    class State(models.TextChoices):
        """Where it stands; ``dead`` was refused for good or got too old."""

        WAITING = "waiting"
        SENT = "sent"
        DEAD = "dead"
        CANCELLED = "cancelled"

    class Reason(models.TextChoices):
        """Why there is a message."""

        NEWS = "news", "News"
        REPEAT = "repeat", "Still engaged"
        OVERFLOW = "overflow", "Over the rate cap"
        TEST = "test", "Test"
        REPORT = "report", "Scheduled report"

    key = models.UUIDField(
        default=uuid4, unique=True, editable=False, help_text="The same at every attempt."
    )
    recipient = models.ForeignKey(
        Recipient, null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    recipient_name = models.CharField(max_length=100)
    endpoint_name = models.CharField(max_length=100)
    group = models.ForeignKey(Group, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=10, choices=Reason.choices, default=Reason.NEWS)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(help_text="Alerts that it tells of.")
    severity = models.CharField(max_length=10, help_text="The highest of its alerts.")
    content = models.JSONField(help_text="What it says.")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    outcome = models.TextField(blank=True, help_text="What the last attempt came to.")

    class Meta:
        """The newest first; each recipient's queue in the order of ids."""

        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["recipient", "id"],
                condition=models.Q(state="waiting"),
                name="delivery_waiting",
            ),
            models.Index(fields=["recipient", "-created_at"], name="delivery_pace"),
            models.Index(fields=["state", "-id"], name="delivery_state"),
        ]

    def __str__(self) -> str:
        return f"{self.total} to {self.recipient_name}"


class Attempt(models.Model):
    """One try. It is written before it begins: one that never ends was interrupted."""

    class Outcome(models.TextChoices):
        """What it came to. ``interrupted`` may have been delivered: its worker died in it."""

        OPEN = "open"
        SENT = "sent"
        FAILED = "failed"
        REFUSED = "refused"
        INTERRUPTED = "interrupted"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    milliseconds = models.FloatField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    status = models.IntegerField(null=True, help_text="HTTP or SMTP status, exit code.")
    answer = models.TextField(blank=True, help_text="What the service said.")

    class Meta:
        """In their order."""

        ordering = ["delivery", "number"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="one_attempt_per_number")
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.outcome}"
