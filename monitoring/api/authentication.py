"""Authentication of programs by ``Authorization: Token …``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from monitoring.history.addresses import parse_place
from monitoring.models import ApiToken
from monitoring.models.agent import hash_token

_KEYWORD: Final = "Token"
#: ``last_used_at`` is written no more often than this.
_USE_EVERY: Final = timedelta(minutes=1)


class ApiTokenAuthentication(BaseAuthentication):
    """Programs call with a token of :class:`monitoring.models.ApiToken`."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        """Return user and token; None without the header; raises AuthenticationFailed."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != _KEYWORD.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Authorization must read: Token <the token>.")
        caller = request.META.get("REMOTE_ADDR") or None
        token = valid_token(words[1].decode("latin-1"), timezone.now(), caller)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        return _KEYWORD


def valid_token(text: str, now: datetime, caller: str | None = None) -> ApiToken:
    """Return the token and note its use; raises AuthenticationFailed naming the reason.

    ``caller`` is the address that it is used from, None where that is not known.
    """
    found = ApiToken.objects.filter(token_hash=hash_token(text)).select_related("user").first()
    if found is None:
        raise AuthenticationFailed("No such token.")
    if found.expires_at is not None and found.expires_at <= now:
        raise AuthenticationFailed("The token has expired.")
    if not found.user.is_active:
        raise AuthenticationFailed("The token's user is not active.")
    if not found.is_allowed_from(caller):
        raise AuthenticationFailed("The token may not be used from this address.")
    _note_use(found, now, caller)
    return found


def _note_use(token: ApiToken, now: datetime, caller: str | None) -> None:
    if token.last_used_at is not None and token.last_used_at >= now - _USE_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _USE_EVERY)
    used = {"last_used_at": now, "last_used_from": _address(caller)}
    ApiToken.objects.filter(stale, pk=token.pk).update(**used)


def _address(caller: str | None) -> str | None:
    """Return the caller if it is an address; a socket of the machine itself has none."""
    try:
        return str(parse_place(caller)) if caller else None
    except ValueError:
        return None


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes the token."""

    target_class = ApiTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the security scheme."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <the token>`; tokens are made under System, API tokens.",
        }
