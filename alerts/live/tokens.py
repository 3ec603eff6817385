"""Programs follow with a token; they have no cookie that a foreign page could use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from monitoring.api.authentication import valid_token
from monitoring.models import ApiToken

_Application = Callable[[Any, Any, Any], Awaitable[Any]]
_KEYWORD: Final = "token "


class TokenOrElse:
    """Lets a WebSocket with a token straight to ``inner``, all others to ``browsers``.

    A token that does not do, does not read or is limited stands for nobody: the consumer refuses.
    """

    def __init__(self, inner: _Application, browsers: _Application) -> None:
        self._inner, self._browsers = inner, browsers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Pass the connection on."""
        said = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if not said.lower().startswith(_KEYWORD):
            return await self._browsers(scope, receive, send)
        caller = (scope.get("client") or [None])[0]
        session = TokenSession(said[len(_KEYWORD) :].strip(), caller)
        user = await database_sync_to_async(session.user)()
        return await self._inner({**scope, "user": user, "session": session}, receive, send)


class TokenSession:
    """Stands where a browser's session does: it is there while the token does."""

    def __init__(self, text: str, caller: str | None) -> None:
        self.session_key = text
        self._caller = caller

    def exists(self, key: str) -> bool:
        """Return whether the token still does."""
        return bool(self.user().pk)

    def user(self) -> Any:
        """Return the token's user, nobody where it does not do."""
        try:
            token = valid_token(self.session_key, timezone.now(), self._caller)
        except AuthenticationFailed:
            return AnonymousUser()
        return token.user if _sees_all(token) else AnonymousUser()


def _sees_all(token: ApiToken) -> bool:
    return token.may_read and not token.networks and token.interface_limit() is None
