"""Tokens with which programs call the REST API."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

from monitoring.models.agent import hash_token


class ApiToken(models.Model):
    """A program's token: a user's permissions, narrowed by scope; only its hash is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    may_write = models.BooleanField(default=False, help_text="Without it the token reads only.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

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
