"""A query with a NUL character is refused at the door: no text in PostgreSQL has one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

#: These name the field in an answer that programs read.
_SAY_IT_THEMSELVES = ("/api/", "/lua/")


class RefuseNulMiddleware:
    """Answers 400 to a page's query with a NUL, which would else fail in the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, unless its query has one."""
        if "%00" in request.META["QUERY_STRING"] and not request.path.startswith(
            _SAY_IT_THEMSELVES
        ):
            return HttpResponseBadRequest("The query has a NUL character (%00).")
        return self.get_response(request)
