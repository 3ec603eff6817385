"""Alerts that somebody said were none."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from alerts.models.alert import Alert


class FalseAlarm(models.Model):
    """Somebody's word that an alert was a false positive; counted in the noise report."""

    alert = models.OneToOneField(
        Alert, primary_key=True, on_delete=models.CASCADE, related_name="false_alarm"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.alert_id} was none"
