"""Errors as problem details (RFC 9457): one shape for all of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from monitoring.patience import TooSlow

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
#: What DRF and the models call an error that is about no one field.
_NO_FIELD: Final = ("non_field_errors", "__all__", "detail")


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an error; None, which raises it, for a bug while one debugs."""
    error = _meant(error)
    answer = exception_handler(error, context)
    if answer is None:
        return None if settings.DEBUG else _shown(Response(unforeseen(error), 500), context)
    reasons = [{"field": field, "reason": said} for field, said in _reasons(answer.data)]
    is_invalid = isinstance(error, exceptions.ValidationError)
    answer.data = problem(answer.status_code, _sentence(reasons))
    if is_invalid:
        answer.data["errors"] = reasons
    return _shown(answer, context)


def _meant(error: Exception) -> Exception:
    """Return the error as DRF knows it, where it is not a bug."""
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, DataError):
        return exceptions.ValidationError("A value is out of bounds, or holds what cannot be kept.")
    if isinstance(error, TooSlow):
        return TooCostly(str(error))
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("the database does not answer: %s", error)
        return NoDatabase()
    return error


def unforeseen(error: BaseException | None) -> dict[str, Any]:
    """Log a bug with its traceback, and return the problem that names the log's line."""
    number = str(uuid4())
    logger.error("a call failed, told as %s", number, exc_info=error)
    said = f"Something here went wrong that should not; the server's log tells what, at {number}."
    return {**problem(500, said), "instance": f"urn:uuid:{number}"}


def _shown(answer: Response, context: dict[str, Any]) -> Response:
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


class TooCostly(exceptions.APIException):
    """A question that takes too long; not 503, after which a program would ask it again."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY


class NoDatabase(exceptions.APIException):
    """PostgreSQL is away, or full."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database does not answer; try again in some seconds."
    wait = 10
