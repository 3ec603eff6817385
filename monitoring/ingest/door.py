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
        limit = settings.INGEST_MAX_BODY_BYTES
        is_over = _declared(scope) > limit
        body = b"" if is_over else await read(receive, limit)
        if body is None:
            return
        is_over = is_over or len(body) > limit
        request = ASGIRequest(scope, io.BytesIO(body))
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._answer, request)
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
        headers += [
            (b"content-length", str(len(answer.content)).encode()),
            (b"x-content-type-options", b"nosniff"),
            *([(b"connection", b"close")] if is_over else []),
        ]
        await send(
            {"type": "http.response.start", "status": answer.status_code, "headers": headers}
        )
        await send({"type": "http.response.body", "body": answer.content, "more_body": is_over})
        if is_over:  # a client that is still sending would not see an answer that ends at once
            await drop(receive, limit)
            await send({"type": "http.response.body", "body": b""})

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


def _declared(scope: dict[str, Any]) -> int:
    """Return the Content-Length, 0 where there is none."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said) if said.isdigit() else 0


async def read(receive: Receive, limit: int) -> bytes | None:
    """Return the body, of one over the limit its first bytes, just over; None without a client."""
    parts: list[bytes] = []
    size, is_more = 0, True
    while is_more and size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")[: limit + 1 - size]
        parts.append(part)
        size += len(part)
        is_more = message.get("more_body", False)
    return b"".join(parts)


async def drop(receive: Receive, most: int) -> None:
    """Receive what is left of a body and keep nothing, up to so many bytes."""
    is_more = True
    while is_more and most > 0:
        message = await receive()
        most -= len(message.get("body", b""))
        is_more = message.get("more_body", False)
