"""What was more than the bounds allow."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from monitoring.models.interface import Interface


class Overflow(models.Model):
    """So many hosts or keys of roll-ups got no line of their own, by the bound that they met.

    A line a batch or compaction, in its transaction; kept as long as the ledger.
    """

    interface = models.ForeignKey(Interface, on_delete=models.CASCADE, related_name="+")
    noted_at = models.DateTimeField(db_default=Now())
    bound = models.CharField(max_length=80, help_text="As “hosts: remote in all”.")
    count = models.BigIntegerField()

    class Meta:
        """Read by time."""

        indexes = [models.Index(fields=["noted_at"], name="overflow_noted_at")]

    def __str__(self) -> str:
        return f"{self.bound}: {self.count}"
