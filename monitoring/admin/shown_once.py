"""Models with a token: it is made with the object and shown once."""

from __future__ import annotations

from typing import Any, Protocol

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from monitoring.admin.posting import posted_action


class HasToken(Protocol):
    """A model with a token."""

    pk: Any

    def renew_token(self) -> str:
        """Set a new token and return it."""

    def save(self) -> None:
        """Save it."""


class TokenAdmin(ModelAdmin):  # type: ignore[misc]
    """Shows the token of a new object once, and replaces it on demand."""

    actions_detail: tuple[str, ...] = ("renew_token",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, with a token if it is new."""
        token = None if change else obj.renew_token()
        super().save_model(request, obj, form, change)
        if token is not None:
            self.show_token(request, token)

    @posted_action("New token", icon="key", permissions=["change"])
    def renew_token(self, request: HttpRequest, object_id: Any) -> HttpResponseRedirect:
        """Replace the token: the old one ends at once."""
        found: HasToken = self.model._default_manager.get(pk=object_id)
        token = found.renew_token()
        found.save()
        self.show_token(request, token)
        options = self.model._meta
        name = f"admin:{options.app_label}_{options.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[object_id]))

    @staticmethod
    def show_token(request: HttpRequest, token: str) -> None:
        """Leave the message with the token."""
        text = "The token, shown this once: {}"
        messages.warning(request, format_html(text, format_html("<code>{}</code>", token)))
