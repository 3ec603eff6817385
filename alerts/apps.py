"""The app's configuration."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Register the app with Django."""

    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
