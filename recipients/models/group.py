"""Alerts that are told together."""

from __future__ import annotations

from django.db import models

from recipients.models.recipient import Recipient


class Group(models.Model):
    """What of a recipient's alerts belongs together, and when it is told next.

    ``key`` is "alert:7" for a single alert, "check=syn_scan" and the like for a digest,
    "overflow" for what is over the rate cap.
    """

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="groups")
    key = models.CharField(max_length=500)
    flush_at = models.DateTimeField(null=True, help_text="When what waits becomes a message.")
    flushed_at = models.DateTimeField(null=True)
    repeat_at = models.DateTimeField(null=True, help_text="When what is still engaged is repeated.")

    class Meta:
        """Found by what is due."""

        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="one_group_per_key")
        ]
        indexes = [
            models.Index(
                fields=["flush_at"],
                condition=models.Q(flush_at__isnull=False),
                name="group_to_flush",
            ),
            models.Index(
                fields=["repeat_at"],
                condition=models.Q(repeat_at__isnull=False),
                name="group_to_repeat",
            ),
        ]

    def __str__(self) -> str:
        return self.key
