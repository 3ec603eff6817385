"""What was decided about one event of an alert for one recipient: the trail."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from alerts.models import Alert, AlertEvent
from recipients.models.delivery import Delivery
from recipients.models.group import Group
from recipients.models.recipient import Recipient


class Outcome(models.TextChoices):
    """How it ended, or where it stands."""

    UNMATCHED = "unmatched", "Not for them"
    INHIBITED = "inhibited", "Hidden by its cause"
    SILENCED = "silenced", "Silenced"
    OFF_HOURS = "off_hours", "Outside their hours"
    DUPLICATE = "duplicate", "Told before"
    UNTOLD = "untold", "Its beginning was not told"
    OVER = "over", "Over before it could be told"
    WAITING = "waiting", "Waits in a group"
    TOLD = "told", "In a message"


#: Held back for now; decided anew when what holds it ends, if the alert is still engaged.
HELD: Final = (Outcome.INHIBITED, Outcome.SILENCED, Outcome.OFF_HOURS)
#: What a recipient knows, or is about to.
KNOWN: Final = (Outcome.WAITING, Outcome.TOLD)


class Decision(models.Model):
    """One event for one recipient, exactly once, with a readable line per step."""

    event = models.ForeignKey(AlertEvent, on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="decisions")
    recipient = models.ForeignKey(
        Recipient, null=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    recipient_name = models.CharField(max_length=100)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    steps = ArrayField(models.TextField(), default=list)
    fingerprint = models.CharField(max_length=32, help_text="Of what is the same over time.")
    state = models.CharField(max_length=30, help_text="What is told: as “engaged:error”.")
    is_held = models.BooleanField(default=False)
    recheck_at = models.DateTimeField(null=True, help_text="When what holds it back may end.")
    held_by = models.ForeignKey(
        Alert, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    group = models.ForeignKey(Group, null=True, on_delete=models.SET_NULL, related_name="decisions")
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.SET_NULL, related_name="decisions"
    )

    class Meta:
        """One per event and recipient."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "recipient"], name="one_decision_per_event_and_recipient"
            )
        ]
        indexes = [
            models.Index(
                fields=["recipient", "fingerprint", "-id"],
                condition=models.Q(outcome__in=list(KNOWN)),
                name="decision_known",
            ),
            models.Index(
                fields=["recheck_at"], condition=models.Q(is_held=True), name="decision_held"
            ),
            models.Index(
                fields=["held_by"], condition=models.Q(is_held=True), name="decision_held_by"
            ),
        ]

    def __str__(self) -> str:
        return " → ".join(self.steps)
