"""What was received, and what became of it."""

from __future__ import annotations

from django.db import models

from monitoring.models.agent import Agent
from monitoring.models.interface import Interface


class LedgerLine(models.Model):
    """One accepted batch: rows = stored + refused; the same batch again only adds to ``repeated``.

    (agent, session, sequence) makes ingest idempotent; lines are kept longer than a spool may age.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="ledger")
    session = models.UUIDField()
    sequence = models.BigIntegerField()
    interface = models.ForeignKey(Interface, on_delete=models.CASCADE, related_name="+")
    frame = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    rows = models.IntegerField()
    stored = models.IntegerField()
    refused = models.IntegerField()
    refused_by_reason = models.JSONField(default=dict)
    repeated = models.IntegerField(default=0, help_text="How many times the batch came again.")
    findings = models.IntegerField(default=0)
    milliseconds = models.FloatField(default=0)

    class Meta:
        """Newest first; the constraint is the idempotence key."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "session", "sequence"], name="one_line_per_batch"
            )
        ]
        indexes = [models.Index(fields=["received_at"], name="ledger_received_at")]

    def __str__(self) -> str:
        return f"{self.session}:{self.sequence}"


class Batch(models.Model):
    """A batch of flows for what follows its storing (Lua), kept for hours; written where wanted.

    See :mod:`monitoring.ingest.batches`.
    """

    class State(models.TextChoices):
        """Whether the follower has seen it, or could not read it."""

        NEW = "new"
        DONE = "done"
        FAILED = "failed"

    line = models.OneToOneField(LedgerLine, on_delete=models.CASCADE, primary_key=True)
    state = models.CharField(max_length=10, default=State.NEW)
    arrow = models.BinaryField(help_text="The body as it came: an Arrow stream inside zstd.")

    class Meta:
        """What waits is found without a look at what is done."""

        indexes = [
            models.Index(fields=["line"], condition=models.Q(state="new"), name="batch_waits")
        ]

    def __str__(self) -> str:
        return str(self.line)
