"""The ASGI way to the batches: the body within its limit, then the view in a thread of its own.

Batches come many a second and need no session, page or cookie, so that nothing of Django's
middleware stands between. What holds for every request holds here, too: the host that is asked for
is an allowed one, and a connection that the database has closed is not used again.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, JsonResponse

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
View = Callable[[HttpRequest], HttpResponse]

#: Threads beyond those that store: they refuse what is too much at once.
_REFUSING: Final = 4


class Door:
    """An ASGI application that answers every request with one view."""

    def __init__(self, view: View) -> None:
        self._view = view
        threads = settings.INGEST_CONCURRENCY + _REFUSING
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="ingest")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; one whose client has gone is not looked at."""
        body = await read(receive, settings.INGEST_MAX_BODY_BYTES)
        if body is None:
            return
        request = ASGIRequest(scope, io.BytesIO(body))
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._answer, request)
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
        headers += [
            (b"content-length", str(len(answer.content)).encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send(
            {"type": "http.response.start", "status": answer.status_code, "headers": headers}
        )
        await send({"type": "http.response.body", "body": answer.content})

    def _answer(self, request: HttpRequest) -> HttpResponse:
        close_old_connections()
        try:
            request.get_host()
            return self._view(request)
        except DisallowedHost:
            return JsonResponse({"error": "Host: not one of this server's names"}, status=400)
        except Exception:
            logger.exception("a batch could not be stored")
            return JsonResponse({"error": "the batch could not be stored"}, status=500)
        finally:
            close_old_connections()


async def read(receive: Receive, limit: int) -> bytes | None:
    """Return the body, of one over the limit its first bytes, just over; None without a client."""
    parts: list[bytes] = []
    size, is_more = 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        if size <= limit:  # the rest is read and dropped: the answer is not to be cut off
            parts.append(part[: limit + 1 - size])
        size += len(part)
        is_more = message.get("more_body", False)
    return b"".join(parts)
