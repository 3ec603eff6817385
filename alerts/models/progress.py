"""What the lifecycle must remember between two rounds: how far events got, what was counted."""

from __future__ import annotations

from django.db import models

from alerts.models.alert import Alert
from monitoring.models import Interface


class Watermark(models.Model):
    """How far events reached on an interface, and when that was last heard."""

    interface = models.OneToOneField(Interface, on_delete=models.CASCADE, primary_key=True)
    event_time = models.DateTimeField()
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.interface_id} until {self.event_time}"


class CountedFlow(models.Model):
    """A flow that an engaged alert has counted, so that its later rows do not count again.

    Gone when the alert is released, or some minutes after the flow ended.
    """

    pk = models.CompositePrimaryKey("alert_id", "flow_id")
    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    flow_id = models.BigIntegerField()
    ended_at = models.DateTimeField(null=True, help_text="Wall clock, when its end was handled.")

    class Meta:
        """Pruned by the time of the end."""

        indexes = [
            models.Index(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="counted_flow_ended",
            )
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} in {self.alert_id}"
