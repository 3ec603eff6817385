"""The one view of all endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.api.authentication import ApiTokenAuthentication
from monitoring.api.problems import unforeseen
from monitoring.models import ApiToken
from monitoring.patience import TooSlow, patiently
from ntopweb.ntopng.access import (
    Browser,
    Password,
    allowed_interfaces,
    check_forgery,
    check_token,
)
from ntopweb.ntopng.asking import Asked, Endpoint
from ntopweb.ntopng.envelope import (
    BAD_FORMAT,
    INTERNAL_ERROR,
    INVALID_ARGUMENTS,
    NOT_FOUND,
    NOT_GRANTED,
    OK,
    Answer,
    Code,
    Refused,
    Text,
    envelope,
)
from ntopweb.ntopng.parameters import Parameters


class Lua(APIView):
    """Answers one path of ntopng's: by GET, or by POST with JSON or a form."""

    schema = None  # ntopng's interface is documented by ntopng
    http_method_names: Final = ["get", "post", "head", "options"]  # type: ignore[misc]
    authentication_classes = (ApiTokenAuthentication, Password, Browser)
    permission_classes = (AllowAny,)  # who may what is the endpoint's, see _check
    parser_classes = (JSONParser, FormParser, MultiPartParser)
    renderer_classes = (JSONRenderer,)
    endpoint: Endpoint | None = None

    def get(self, request: Request, rest: str = "") -> HttpResponseBase:
        """Return the endpoint's answer."""
        endpoint = self.endpoint
        if endpoint is None:
            raise Refused(NOT_FOUND, "there is no such path")
        self._check(request, endpoint)
        asked = Asked(
            user=request.user,
            parameters=parameters_of(request),
            now=timezone.now(),
            allowed=allowed_interfaces(request.auth),
            token=request.auth if isinstance(request.auth, ApiToken) else None,
        )
        if endpoint.writes:
            return _response(endpoint.answer(asked))
        with patiently():
            return _response(endpoint.answer(asked))

    def post(self, request: Request, rest: str = "") -> HttpResponseBase:
        """Return the endpoint's answer; JSON's keys are parameters."""
        return self.get(request)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Return JSON's renderer: ``format`` is a parameter of ntopng's here, not DRF's."""
        renderer = JSONRenderer()
        return renderer, renderer.media_type

    def _check(self, request: Request, endpoint: Endpoint) -> None:
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        if isinstance(request.auth, ApiToken):
            check_token(request.auth, endpoint)
        if endpoint.writes:
            check_forgery(request)
        if not request.user.has_perms(endpoint.permissions):
            raise Refused(NOT_GRANTED, "it takes a right that the user does not have")

    def handle_exception(self, exc: Exception) -> Response:
        """Return any error in the envelope; only what nobody foresaw is a 500, and logged."""
        if isinstance(exc, Refused):
            return _refusal(exc.code, exc.reason)
        for kinds, code, status in _ERRORS:
            if isinstance(exc, kinds):
                answer = _refusal(code, _reason(exc), status or code.status)
                if (seconds := getattr(exc, "wait", None)) is not None:
                    answer["Retry-After"] = str(ceil(seconds))
                return answer
        if isinstance(exc, TooSlow):
            return _refusal(INVALID_ARGUMENTS, str(exc))
        return _refusal(INTERNAL_ERROR, unforeseen(exc)["detail"])


class ConnectTest(Lua):
    """The path by which clients try their credentials: they look at the Content-Type alone."""

    def handle_exception(self, exc: Exception) -> Response:
        """Say "no" in HTML, which ntopng's client takes for a refusal."""
        answer = super().handle_exception(exc)
        if answer.status_code != NOT_GRANTED.status:
            return answer
        page = "<!DOCTYPE html><title>Login</title><p>These credentials are not known here.</p>"
        return HttpResponse(page, status=401, content_type="text/html; charset=utf-8")  # type: ignore[return-value]


#: What DRF and Django raise, what it is called here, and its status where that is not the code's.
_ERRORS: Final[tuple[tuple[Any, Code, int | None], ...]] = (
    ((exceptions.Throttled,), NOT_GRANTED, 429),
    (
        (
            exceptions.AuthenticationFailed,
            exceptions.NotAuthenticated,
            exceptions.PermissionDenied,
            PermissionDenied,
        ),
        NOT_GRANTED,
        None,
    ),
    ((exceptions.ParseError, exceptions.UnsupportedMediaType), BAD_FORMAT, None),
    ((exceptions.MethodNotAllowed,), INVALID_ARGUMENTS, 405),
    ((Http404, exceptions.NotFound), NOT_FOUND, None),
)


def parameters_of(request: Request) -> Parameters:
    """Return the query string's parameters and those of the body, which win."""
    body = request.data if request.method == "POST" else {}
    if not isinstance(body, Mapping):
        raise Refused(BAD_FORMAT, "the body is no JSON object")
    given = {name: request.query_params.get(name) for name in request.query_params}
    return Parameters({**given, **{name: body.get(name) for name in body}})


def _response(said: Any) -> HttpResponseBase:
    if isinstance(said, Text):
        return HttpResponse(said.body, content_type=said.content_type)
    if isinstance(said, Answer):
        return Response(envelope(said.code, said.rsp, **said.beside), status=said.code.status)
    return Response(envelope(OK, said))


def _refusal(code: Code, reason: str = "", status: int | None = None) -> Response:
    return Response(envelope(code, [], reason), status=status or code.status)


def _reason(error: Exception) -> str:
    detail = getattr(error, "detail", "")
    return str(detail) if isinstance(detail, str) else ""
