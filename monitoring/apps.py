"""The app's configuration."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Register the app with Django."""

    name = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"
