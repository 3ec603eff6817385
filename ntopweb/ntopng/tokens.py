"""Tokens of users: made, listed, taken back."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth import get_user_model

from monitoring.models import ApiToken
from ntopweb.ntopng.asking import Asked, Endpoint, reads, writes
from ntopweb.ntopng.envelope import NO_SUCH_USER, NOT_GRANTED, Refused

_NAME: Final = "ntopng REST"


def created(asked: Asked) -> dict[str, str]:
    """Make a token of a user and return it, this once: only its hash is kept.

    It may write, as ntopng's may; what it may, its user may. Made by a token, it ends no later and
    may be used from nowhere else.
    """
    token = ApiToken(user=_user(asked), name=_NAME, may_write=True)
    if asked.token is not None:
        token.expires_at = asked.token.expires_at
        token.allowed_from = asked.token.allowed_from
    text = token.renew_token()
    token.save()
    return {"api_token": text}


def listed(asked: Asked) -> list[dict[str, Any]]:
    """Return a user's tokens, without what is secret."""
    return [
        {
            "id": token.pk,
            "name": token.name,
            "may_write": token.may_write,
            "created": int(token.created_at.timestamp()),
            "last_used": int(token.last_used_at.timestamp()) if token.last_used_at else 0,
            "expires": int(token.expires_at.timestamp()) if token.expires_at else 0,
        }
        for token in ApiToken.objects.filter(user=_user(asked)).order_by("pk")
    ]


def deleted(asked: Asked) -> list[Any]:
    """Take back one token of a user by ``id``, or all."""
    tokens = ApiToken.objects.filter(user=_user(asked))
    if "id" in asked.parameters:
        tokens = tokens.filter(pk=asked.parameters.number("id"))
    tokens.delete()
    return []


def _user(asked: Asked) -> Any:
    """Return the user of ``username``; another's is for superusers alone."""
    name = asked.parameters.required("username")
    if name == asked.user.get_username():
        return asked.user
    if not asked.user.is_superuser:
        raise Refused(NOT_GRANTED, "another user's tokens are the administrator's")
    if (found := get_user_model().objects.filter(username=name).first()) is None:
        raise Refused(NO_SUCH_USER, name)
    return found


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "create/ntopng/api_token": writes(created, "monitoring.add_apitoken", is_global=True),
    "get/ntopng/api_token": reads(listed, "monitoring.view_apitoken", is_global=True),
    "delete/ntopng/api_token": writes(deleted, "monitoring.delete_apitoken", is_global=True),
}
