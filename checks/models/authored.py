"""What all that an operator writes has in common."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from checks.base import HIGHEST_SCORE

SCORES = [MinValueValidator(1), MaxValueValidator(HIGHEST_SCORE)]


class Changed(models.Model):
    """Who changed it and when; and the error for which it was stopped, until it is saved again."""

    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    quarantined_at = models.DateTimeField(null=True, blank=True, editable=False)
    quarantine_error = models.TextField(blank=True, editable=False)

    class Meta:
        """No table of its own."""

        abstract = True

    def keep(self, by: Any = None) -> None:
        """Validate, end a quarantine and save; raises ValidationError."""
        self.quarantined_at, self.quarantine_error = None, ""
        self.updated_by = by
        self.full_clean()
        self.save()


class Authored(Changed):
    """What an operator wrote: known since when, too."""

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """No table of its own."""

        abstract = True
