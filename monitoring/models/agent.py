"""The processes that observe."""

from __future__ import annotations

import hashlib
import secrets
from typing import Self

from django.db import models


def hash_token(token: str) -> str:
    """Return what is stored of a token: its SHA-256, enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


class Agent(models.Model):
    """A process with a token that reads sources and posts batches. Each start is a session."""

    name = models.CharField(max_length=100, unique=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    is_enabled = models.BooleanField(
        default=True, help_text="A disabled agent's batches are refused with 401."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    address = models.GenericIPAddressField(null=True, blank=True, editable=False)
    version = models.CharField(max_length=40, blank=True, editable=False)
    session = models.UUIDField(null=True, blank=True, editable=False)
    clock_skew_ms = models.FloatField(null=True, blank=True, editable=False)
    counters = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        """Listed by name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def renew_token(self) -> str:
        """Set a new random token and return it; it cannot be shown again. Does not save."""
        token = secrets.token_urlsafe(32)
        self.token_hash = hash_token(token)
        return token

    @classmethod
    def of_token(cls, token: str) -> Self | None:
        """Return the enabled agent with this token, or None."""
        return cls.objects.filter(token_hash=hash_token(token), is_enabled=True).first()
