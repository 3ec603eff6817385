"""What checks found and the lifecycle has not yet seen."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from monitoring.models import Interface


class Finding(models.Model):
    """What a check picked of one batch, one row for the same check, identity and interface.

    A queue: the lifecycle deletes what it has folded into alerts, in the same transaction. A row
    without a check (family "progress") says how far a batch's events reached on an interface.
    """

    class Status(models.TextChoices):
        """Whether the lifecycle could make something of it."""

        NEW = "new"
        FAILED = "failed"

    created_at = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=10, db_default=Status.NEW)
    error = models.TextField(db_default="", help_text="Why the lifecycle could not fold it.")
    interface = models.ForeignKey(
        Interface, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    frame = models.CharField(max_length=40)
    check_id = models.SmallIntegerField()
    check_key = models.CharField(max_length=100, db_column="check")
    family = models.CharField(max_length=20)
    identity = models.TextField()
    entity = models.TextField()
    client = models.GenericIPAddressField(null=True)
    server = models.GenericIPAddressField(null=True)
    client_port = models.IntegerField(null=True)
    server_port = models.IntegerField(null=True)
    vlan = models.IntegerField(default=0)
    score = models.SmallIntegerField()
    severity = models.CharField(max_length=10)
    message = models.TextField()
    values = models.JSONField()
    count = models.IntegerField(help_text="Distinct flows; rows, where the frame has no flows.")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    cooldown = models.FloatField(help_text="Seconds.")
    attacker = models.GenericIPAddressField(null=True)
    victim = models.GenericIPAddressField(null=True)
    attack = models.CharField(max_length=40)
    flows = models.JSONField(help_text="Up to five of the flows, as a snapshot.")
    flow_ids = ArrayField(models.BigIntegerField())
    ended_ids = ArrayField(models.BigIntegerField(), help_text="Those of flow_ids that ended.")

    def __str__(self) -> str:
        return f"{self.check_key}: {self.entity}"
