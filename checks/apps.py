"""The app's configuration."""

from django.apps import AppConfig


class ChecksConfig(AppConfig):
    """Register the app with Django."""

    name = "checks"
    default_auto_field = "django.db.models.BigAutoField"
