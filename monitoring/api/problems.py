"""Errors as problem details (RFC 9457): one shape for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE: Final = "application/problem+json"
#: What DRF and the models call an error that is about no one field.
_NO_FIELD: Final = ("non_field_errors", "__all__", "detail")


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an error; None for one that is not the caller's to know of."""
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    elif isinstance(error, DataError):
        error = exceptions.ValidationError(
            "A value is out of bounds, or holds what cannot be kept."
        )
    answer = exception_handler(error, context)
    if answer is None:
        return None
    reasons = [{"field": field, "reason": said} for field, said in _reasons(answer.data)]
    is_invalid = isinstance(error, exceptions.ValidationError)
    answer.data = problem(answer.status_code, _sentence(reasons))
    if is_invalid:
        answer.data["errors"] = reasons
    renderer = getattr(context.get("request"), "accepted_renderer", None)
    if getattr(renderer, "format", "json") != "api":
        answer.content_type = MEDIA_TYPE
    return answer


def problem(status: int, detail: str) -> dict[str, Any]:
    """Return a problem's members."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }


def _sentence(reasons: list[dict[str, str]]) -> str:
    first = reasons[0] if reasons else {"field": "", "reason": "Refused."}
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{first['field']}: {first['reason']}{more}".removeprefix(": ")


def _reasons(said: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, reason) of what DRF says: texts in lists and dicts, nested as the fields."""
    if isinstance(said, dict):
        for name, inner in said.items():
            here = path if name in _NO_FIELD else f"{path}.{name}".removeprefix(".")
            yield from _reasons(inner, here)
    elif isinstance(said, list):
        for number, inner in enumerate(said):
            deeper = f"{path}.{number}" if isinstance(inner, dict) else path
            yield from _reasons(inner, deeper.removeprefix("."))
    else:
        yield path, str(said)


class TooLarge(exceptions.APIException):
    """A body over the limit."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
