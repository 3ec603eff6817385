"""Authentication of programs by ``Authorization: Token …``."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication


class ApiTokenAuthentication(BaseAuthentication):
    """Programs call with a token of :class:`monitoring.models.ApiToken`."""
