"""``/metrics`` for Prometheus, for who has a token of the REST API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from rest_framework.exceptions import AuthenticationFailed

from monitoring.api.authentication import valid_token
from monitoring.models import ApiToken
from ntopweb.metrics_collecting import Everything

#: What the metrics tell of.
_PERMISSIONS = ("monitoring.view_agent", "monitoring.view_ledgerline", "alerts.view_alert")
#: Prometheus says "Bearer" unless it is told what the REST API says.
_KEYWORDS = ("token", "bearer")


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the metrics as text; 401 without a good token, 403 for one that may not."""
    try:
        token = _token(request)
    except AuthenticationFailed as error:
        answer = _said(str(error.detail), 401)
        answer["WWW-Authenticate"] = "Token"
        return answer
    if reason := _refusal(token):
        return _said(reason, 403)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Everything(timezone.now))
    encode, media_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=media_type)


def _token(request: HttpRequest) -> ApiToken:
    """Return the token of the header; raises AuthenticationFailed."""
    words = request.headers.get("Authorization", "").split()
    if len(words) != 2 or words[0].lower() not in _KEYWORDS:
        raise AuthenticationFailed("Authorization must read: Token <the token>.")
    return valid_token(words[1], timezone.now(), request.META.get("REMOTE_ADDR") or None)


def _refusal(token: ApiToken) -> str:
    if "read" not in token.scopes:
        return "This token does not read."
    if token.interface_limit() is not None or token.networks:
        return "This token is limited to interfaces or networks; metrics are of all."
    return "" if token.user.has_perms(_PERMISSIONS) else "This token's user may not see that."


def _said(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
