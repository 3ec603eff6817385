"""What was learned of the network, and the rows that wait to be looked at."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from monitoring.models import Interface


class Part(models.Model):
    """Rows of one batch for the checks that look at minutes; see :mod:`checks.learning.parts`."""

    frame = models.CharField(max_length=20)
    rows = models.IntegerField(db_default=0, help_text="How many the stream has.")
    arrow = models.BinaryField(help_text="An Arrow stream.")
    created_at = models.DateTimeField(db_default=Now())
    is_folded = models.BooleanField(db_default=False)

    class Meta:
        """Read in order, by frame."""

        indexes = [models.Index(fields=["frame", "id"], name="part_frame")]

    def __str__(self) -> str:
        return f"{self.frame} {self.pk}"


class Kind(models.TextChoices):
    """What is learned."""

    SERVICE = "service", "Services inside"
    PORT = "port", "Server ports"
    DESTINATION = "destination", "Destinations"
    DEVICE = "device", "Devices"
    BINDING = "binding", "Addresses of devices"
    RHYTHM = "rhythm", "Rhythms"
    TRANSITION = "transition", "Industrial messages"


class Verdict(models.TextChoices):
    """What the operator says of a learned thing."""

    UNSAID = "", "Undecided"
    ALLOWED = "allowed", "Allowed"
    DENIED = "denied", "Denied"


class Learning(models.Model):
    """When the learning of a kind began on an interface, in event time."""

    kind = models.CharField(max_length=12, choices=Kind.choices)
    interface = models.ForeignKey(Interface, on_delete=models.CASCADE, related_name="+")
    began_at = models.DateTimeField()

    class Meta:
        """Once for each kind and interface."""

        constraints = [
            models.UniqueConstraint(fields=["kind", "interface"], name="one_learning_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} since {self.began_at}"


class Learned(models.Model):
    """One thing that was seen: who uses what, a port, a destination, a device, a rhythm.

    Times are event time. ``key`` names it once for its kind and interface.
    """

    kind = models.CharField(max_length=12, choices=Kind.choices)
    interface = models.ForeignKey(Interface, on_delete=models.CASCADE, related_name="learned")
    key = models.CharField(max_length=400)
    name = models.CharField(max_length=400, help_text="In words.")
    value = models.CharField(
        max_length=100, blank=True, help_text="What was learned of it: a MAC address, a period."
    )
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    verdict = models.CharField(
        max_length=10, choices=Verdict.choices, default=Verdict.UNSAID, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        """Found by key; listed by when it was first seen."""

        ordering = ["-first_seen", "-id"]
        verbose_name_plural = "learned"
        constraints = [
            models.UniqueConstraint(fields=["kind", "interface", "key"], name="learned_once")
        ]
        indexes = [
            models.Index(fields=["kind", "-first_seen"], name="learned_first_seen"),
            models.Index(fields=["last_seen"], name="learned_last_seen"),
        ]

    def __str__(self) -> str:
        return self.name
