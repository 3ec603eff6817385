"""Findings with a life."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from monitoring.models import Interface


class State(models.TextChoices):
    """Whether the condition holds. Acknowledgement is apart: somebody knows of it."""

    ENGAGED = "engaged"
    RELEASED = "released"


class Alert(models.Model):
    """Findings of one check that are the same thing, from the first until none came for a while.

    ``first_seen``, ``last_seen`` and ``quiet_at`` are event time, the other times the wall clock's.
    """

    check_key = models.CharField("check", max_length=100, db_column="check")
    check_id = models.SmallIntegerField()
    family = models.CharField(max_length=20)
    frame = models.CharField(max_length=40)
    interface = models.ForeignKey(
        Interface, null=True, blank=True, on_delete=models.CASCADE, related_name="alerts"
    )
    identity = models.TextField(help_text="What makes two findings of the check the same.")
    entity = models.TextField(help_text="Who it is about.")
    client = models.GenericIPAddressField(null=True, blank=True)
    server = models.GenericIPAddressField(null=True, blank=True)
    client_port = models.IntegerField(null=True, blank=True)
    server_port = models.IntegerField(null=True, blank=True)
    vlan = models.IntegerField(default=0)
    score = models.SmallIntegerField(help_text="The highest of its findings.")
    severity = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ENGAGED)
    count = models.BigIntegerField(
        help_text="Distinct flows; observations, where it is not about flows."
    )
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    cooldown = models.FloatField(help_text="Seconds without a finding until it is released.")
    quiet_at = models.DateTimeField(help_text="Released when its interface has got so far.")
    engaged_at = models.DateTimeField()
    heard_at = models.DateTimeField(
        db_default=Now(), help_text="When its last finding came, by the clock."
    )
    noted_at = models.DateTimeField(help_text="When the timeline last said that it goes on.")
    released_at = models.DateTimeField(null=True, blank=True)
    message = models.TextField()
    values = models.JSONField(default=dict, help_text="What was compared.")
    flows = models.JSONField(default=list, help_text="Sample flows as they were.")
    attacker = models.GenericIPAddressField(null=True, blank=True)
    victim = models.GenericIPAddressField(null=True, blank=True)
    attack = models.CharField(max_length=40, blank=True, help_text="MITRE ATT&CK id.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        """One engaged alert for the same thing, enforced by the database."""

        constraints = [
            models.UniqueConstraint(
                fields=["check_id", "identity", "interface"],
                condition=models.Q(state="engaged"),
                nulls_distinct=False,
                name="one_engaged_alert_per_identity",
            )
        ]
        # Nothing here changes while an alert repeats, so that its updates touch no index.
        indexes = [
            models.Index(fields=["client", "-id"], name="alert_client"),
            models.Index(fields=["server", "-id"], name="alert_server"),
            models.Index(fields=["check_key", "-id"], name="alert_check"),
        ]

    def __str__(self) -> str:
        return f"{self.check_key}: {self.entity}"

    @property
    def is_engaged(self) -> bool:
        """Whether the condition still holds."""
        return self.state == State.ENGAGED

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody said that they know."""
        return self.acknowledged_at is not None

    @property
    def duration(self) -> float:
        """How long it was engaged, or is until now, in seconds."""
        return ((self.released_at or timezone.now()) - self.engaged_at).total_seconds()
