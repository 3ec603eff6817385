"""Who may read and write over REST."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions
from rest_framework.request import Request

from monitoring.models import ApiToken


class ModelPermissions(DjangoModelPermissions):
    """The user's model permissions, reading included; a token without ``may_write`` only reads."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
    }

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may; the message says when it is the token that may not."""
        token = request.auth
        reads = request.method in SAFE_METHODS
        if isinstance(token, ApiToken) and not token.may_write and not reads:
            self.message = "This token only reads: make one with “may write” set."
            return False
        return super().has_permission(request, view)
