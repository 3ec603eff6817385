"""What is measured of checks while they run: what they cost, and what shadows would have said."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class CheckCost(models.Model):
    """A check's cost in the last batch that was measured, and its share of all of its frame."""

    check_key = models.CharField(max_length=100, primary_key=True)
    frame = models.CharField(max_length=40)
    microseconds = models.FloatField(help_text="Per row.")
    share = models.FloatField(help_text="Of the frame's checks, 0 to 1.")
    rows = models.IntegerField(help_text="Of the batch.")
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.check_key}: {self.microseconds:.3f} µs"


class ShadowFinding(models.Model):
    """What a check in shadow would have said: one row per identity and a few seconds."""

    created_at = models.DateTimeField(db_default=Now())
    check_key = models.CharField(max_length=100)
    interface_id = models.IntegerField(null=True)
    identity = models.TextField()
    message = models.TextField()
    score = models.SmallIntegerField()
    count = models.IntegerField()
    flow_ids = ArrayField(models.BigIntegerField(), default=list, help_text="A few of the flows.")

    class Meta:
        """Read by check, newest first."""

        indexes = [models.Index(fields=["check_key", "-created_at"], name="shadow_finding_check")]

    def __str__(self) -> str:
        return f"{self.check_key}: {self.message}"
