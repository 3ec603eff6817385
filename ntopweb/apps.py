"""The app's configuration."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

#: The apps whose every model a viewer sees; after each of them the groups are brought up to date.
SEEN: Final = ("monitoring", "checks", "lua", "alerts", "recipients")


class NtopwebConfig(AppConfig):
    """Register the app with Django."""

    name = "ntopweb"

    def ready(self) -> None:
        """Have the groups follow the models, and tasks go to our broker from every process."""
        import_module("ntopweb.celery")
        for app in SEEN:
            post_migrate.connect(_make_groups, sender=apps.get_app_config(app))


def _make_groups(using: str, **kwargs: Any) -> None:
    from ntopweb.groups import make_groups

    make_groups(using)
