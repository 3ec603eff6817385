"""Conditions under which a check says nothing."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from checks.exclusions import Criteria, ExclusionError
from checks.models.authored import Authored
from monitoring.models import Interface


def validate_cidr(value: str) -> None:
    """Refuse what is no IPv4 or IPv6 network."""
    try:
        ip_network(value, strict=False)
    except ValueError as error:
        raise ValidationError(f"{value!r} is no address or network") from error


class Exclusion(Authored):
    """A condition under which a check says nothing. What is empty does not narrow it."""

    check_key = models.CharField("check", max_length=100, blank=True, help_text="Empty for all.")
    client = models.GenericIPAddressField(null=True, blank=True)
    server = models.GenericIPAddressField(null=True, blank=True)
    host = models.GenericIPAddressField(null=True, blank=True, help_text="Either end.")
    network = models.CharField(
        max_length=49, blank=True, validators=[validate_cidr], help_text="Has either end."
    )
    port = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(65_535)], help_text="The server's."
    )
    application = models.CharField(
        max_length=80, blank=True, help_text="DNS stands for DNS.Google, too."
    )
    domain = models.CharField(
        max_length=253, blank=True, help_text="The server's name, or a parent of it."
    )
    certificate = models.CharField(
        max_length=300, blank=True, help_text="SHA-1, or a part of issuer or subject."
    )
    interface = models.ForeignKey(
        Interface, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    hours_from = models.TimeField(null=True, blank=True)
    hours_until = models.TimeField(
        null=True, blank=True, help_text="Before it; may be after midnight."
    )
    zone = models.CharField("time zone", max_length=60, blank=True, default="UTC")
    condition = models.TextField(blank=True, help_text="In the condition language, besides.")
    frame = models.CharField(
        max_length=40, blank=True, default="flow", help_text="That the condition is about."
    )
    reason = models.TextField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty for never.")
    is_enabled = models.BooleanField(default=True)

    class Meta:
        """Newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return self.criteria().describe()

    def criteria(self) -> Criteria:
        """Return what it asks of a row."""
        names = ("check_key", "client", "server", "host", "network", "port", "application")
        more = ("domain", "certificate", "interface_id", "hours_from", "hours_until", "zone")
        said: dict[str, Any] = {n: getattr(self, n) for n in (*names, *more, "condition", "frame")}
        return Criteria(**{name: value or None for name, value in said.items()})

    def is_in_force(self, now: datetime) -> bool:
        """Whether it is on, has not failed and has not expired."""
        has_expired = self.expires_at is not None and self.expires_at <= now
        return self.is_enabled and self.quarantined_at is None and not has_expired

    def clean(self) -> None:
        """Refuse what asks nothing, or what cannot be asked, naming the field."""
        super().clean()
        try:
            self.criteria().validate()
        except ExclusionError as error:
            raise ValidationError({error.field: error.reason}) from error


class ExclusionTally(models.Model):
    """How often an exclusion hid a finding. Apart, so that counting changes no settings."""

    exclusion = models.OneToOneField(
        Exclusion, primary_key=True, on_delete=models.CASCADE, related_name="tally"
    )
    hits = models.BigIntegerField(default=0)
    last_hit = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.exclusion_id}: {self.hits}"


class ExcludedCount(models.Model):
    """How many findings of a check exclusions hid in an hour, for the noise report."""

    check_key = models.CharField(max_length=100)
    hour = models.DateTimeField()
    hits = models.BigIntegerField()

    class Meta:
        """Once for each check and hour."""

        constraints = [
            models.UniqueConstraint(fields=["check_key", "hour"], name="excluded_once_an_hour")
        ]
        indexes = [models.Index(fields=["hour"], name="excluded_hour")]

    def __str__(self) -> str:
        return f"{self.check_key} {self.hour}: {self.hits}"
