"""Who calls: a token, a name with its password, or a browser's session."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.request import Request

from monitoring.models import ApiToken
from ntopweb.ntopng.asking import Endpoint
from ntopweb.ntopng.envelope import NOT_GRANTED, Refused

#: A password that was right is not worked out anew for so many seconds: hashing is slow on purpose,
#: and ntopng's clients send it with each of their many calls.
REMEMBERED: Final = 60


class Password(BasicAuthentication):
    """HTTP basic: user name and password with every call. Guessing is locked out by axes."""

    def authenticate_credentials(
        self, userid: str, password: str, request: Request | None = None
    ) -> tuple[Any, None]:
        """Return the user; raises AuthenticationFailed."""
        key = "ntopng-" + salted_hmac("ntopng", f"{userid}:{password}").hexdigest()
        if user := _remembered(cache.get(key)):
            return user, None
        plain: Any = getattr(request, "_request", request)
        try:
            user, _ = super().authenticate_credentials(userid, password, plain)
        finally:
            plain.axes_locked_out = False  # or axes answers in HTML, in place of the envelope
        cache.set(key, (user.pk, user.get_session_auth_hash()), REMEMBERED)
        return user, None


def _remembered(entry: tuple[int, str] | None) -> Any:
    """Return the user of an entry, unless it was disabled or has another password since."""
    if entry is None:
        return None
    number, seal = entry
    user = get_user_model().objects.filter(pk=number, is_active=True).first()
    same = user is not None and constant_time_compare(user.get_session_auth_hash(), seal)
    return user if same else None


class Browser(SessionAuthentication):
    """A logged-in browser. Only what writes is checked, by :func:`check_forgery`."""

    def enforce_csrf(self, request: Request) -> None:
        """Read whatever the method: ntopng's readers POST too."""

    def check_forgery(self, request: Request) -> None:
        """Raise PermissionDenied unless the request carries the page's CSRF token."""
        super().enforce_csrf(request)


def check_token(token: ApiToken, endpoint: Endpoint) -> None:
    """Refuse a call that the token does not allow, whatever its user may do."""
    scope = "write" if endpoint.writes else "read"
    if scope not in token.scopes:
        raise Refused(NOT_GRANTED, f"this token does not {scope}")
    is_limited = token.interface_limit() is not None
    if token.networks or (is_limited and endpoint.is_global):
        reason = "this token is limited to interfaces or networks, and this is about all of them"
        raise Refused(NOT_GRANTED, reason)


def check_forgery(request: Request) -> None:
    """Refuse a writing call of a browser's session that a foreign page may have made.

    ntopng writes by GET, too. Browsers send cookies along with a foreign page's GET, so that a
    session writes by POST alone, with the page's token.
    """
    caller = request.successful_authenticator
    if isinstance(caller, Browser):
        if request.method != "POST":
            raise Refused(NOT_GRANTED, "a browser's session writes by POST")
        caller.check_forgery(request)


def allowed_interfaces(token: Any) -> list[int] | None:
    """Return the interfaces that a token is limited to; None for no limit."""
    return token.interface_limit() if isinstance(token, ApiToken) else None
