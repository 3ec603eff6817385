"""What is observed is read, not written."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin


class ObservedAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows that only ingest writes: nobody adds or changes them."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False
