"""The answer to a bug that no view has answered itself: programs get what they can read."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import server_error

from monitoring.api.problems import MEDIA_TYPE, unforeseen
from ntopweb.ntopng.envelope import INTERNAL_ERROR, envelope


def failed(request: HttpRequest) -> HttpResponse:
    """Return a problem detail below /api/, ntopng's envelope below /lua/, else a page."""
    if request.path.startswith("/api/"):
        return JsonResponse(unforeseen(sys.exc_info()[1]), status=500, content_type=MEDIA_TYPE)
    if request.path.startswith("/lua/"):
        said = unforeseen(sys.exc_info()[1])["detail"]
        return JsonResponse(envelope(INTERNAL_ERROR, [], said), status=INTERNAL_ERROR.status)
    page: HttpResponse = server_error(request)
    return page
