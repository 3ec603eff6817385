"""The app's configuration."""

from django.apps import AppConfig


class RecipientsConfig(AppConfig):
    """Register the app with Django."""

    name = "recipients"
    default_auto_field = "django.db.models.BigAutoField"
