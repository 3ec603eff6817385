"""The app's configuration."""

from django.apps import AppConfig


class ChecksConfig(AppConfig):
    """Register the app with Django."""

    name = "checks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let flows be asked for in the condition language."""
        from checks.language.stored_condition import StoredCondition
        from monitoring.api.conditions import register

        register("flow", StoredCondition.of)
