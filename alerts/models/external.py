"""What other programs have said."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ExternalEvent(models.Model):
    """An event that a program posted: its key makes a repeated post a count and nothing else."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was said.")
    at = models.DateTimeField(auto_now_add=True)
    repeated = models.IntegerField(default=0)

    class Meta:
        """One event per user and key."""

        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_external_event_per_key")
        ]
        indexes = [models.Index(fields=["at"], name="external_event_at")]

    def __str__(self) -> str:
        return self.key
