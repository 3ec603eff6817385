"""Causes that hide their symptoms."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from recipients.inhibition import Equal
from recipients.matchers import validate_matchers


class InhibitionRule(models.Model):
    """While an alert that fits ``cause`` is engaged, those that fit ``symptom`` are not told."""

    name = models.CharField(max_length=100, unique=True)
    cause = models.TextField(validators=[validate_matchers], help_text="As of a silence.")
    symptom = models.TextField(
        blank=True, validators=[validate_matchers], help_text="As of a silence."
    )
    equal = models.CharField(
        max_length=200,
        blank=True,
        help_text="What both must share, with commas: “interface, attacker=client” (the cause's "
        "attacker is the symptom's client).",
    )
    is_enabled = models.BooleanField("enabled", default=True)
    description = models.TextField(blank=True)

    class Meta:
        """Listed by name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what is no list of labels."""
        try:
            Equal.parse_all(self.equal)
        except ValueError as error:
            raise ValidationError({"equal": str(error)}) from error
