"""Each recipient's line of deliveries: who works on it, and when it goes on."""

from __future__ import annotations

from django.db import models

from recipients.models.recipient import Recipient


class Queue(models.Model):
    """Deliveries of one recipient go one after the other, so that they keep their order.

    A worker takes the queue for a time (``leased_until``); one that dies leaves it to the next
    when that time is over. After a failure the whole queue waits until ``due_at``.
    """

    recipient = models.OneToOneField(
        Recipient, on_delete=models.CASCADE, primary_key=True, related_name="queue"
    )
    due_at = models.DateTimeField(null=True, help_text="Empty while nothing waits.")
    leased_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True, help_text="Of the worker that has it.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")

    class Meta:
        """Found by what is due."""

        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="queue_due"
            )
        ]

    def __str__(self) -> str:
        return f"Queue of {self.recipient_id}"
