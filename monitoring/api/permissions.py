"""Who may read and write over REST."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions
from rest_framework.request import Request

from monitoring.api.limits import limits_of
from monitoring.models import ApiToken


class ModelPermissions(DjangoModelPermissions):
    """The user's model permissions, reading included, as far as the token's scopes go.

    A view names the ``scope`` that a POST needs, "write" unless it says "ingest". A token that is
    limited to interfaces or networks is refused by views that do not say ``knows_limits``.
    """

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
    }

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may; the message says when it is the token that may not."""
        if isinstance(request.auth, ApiToken) and (reason := refusal(request, view)):
            self.message = reason
            return False
        return super().has_permission(request, view)


class ChangePermissions(ModelPermissions):
    """What a POST does to an object changes it."""

    perms_map = {**ModelPermissions.perms_map, "POST": ["%(app_label)s.change_%(model_name)s"]}


class ViewPermissions(ModelPermissions):
    """A POST that only asks."""

    perms_map = {**ModelPermissions.perms_map, "POST": ["%(app_label)s.view_%(model_name)s"]}


def refusal(request: Request, view: Any) -> str:
    """Return why a call's token does not do for it, or ""."""
    token: Any = request.auth
    asks = request.method in SAFE_METHODS or getattr(view, "only_asks", False)
    scope = "read" if asks else getattr(view, "scope", "write")
    if scope not in token.scopes:
        return _LACKS[scope] if token.scopes != ["read"] else "This token only reads."
    if limits_of(request) and not getattr(view, "knows_limits", False):
        return "This token is limited to interfaces or networks, and this is about all of them."
    return ""


_LACKS = {
    "read": "This token does not read: make one with “may read” set.",
    "write": "This token does not write: make one with “may write” set.",
    "ingest": "This token posts no events: make one with “may ingest” set.",
}
