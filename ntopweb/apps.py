"""The app's configuration."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class NtopwebConfig(AppConfig):
    """Register the app with Django; it is the last, so all permissions are there when it is."""

    name = "ntopweb"

    def ready(self) -> None:
        """Have the groups follow the models."""
        post_migrate.connect(_make_groups, sender=self)


def _make_groups(using: str, **kwargs: Any) -> None:
    from ntopweb.groups import make_groups

    make_groups(using)
