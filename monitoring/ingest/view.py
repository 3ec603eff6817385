"""The HTTP of ingest: who posts, what came, and the ledger's line as the answer."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from capture_agent import schema
from monitoring.ingest.body import Limits, read
from monitoring.ingest.refusal import Refusal
from monitoring.models import Agent

#: How long a token that was right is taken for right, in seconds.
_TRUST: Final = 3.0
#: Batches at work at once in this process; more are asked to come again.
_AT_WORK: Final = threading.BoundedSemaphore(settings.INGEST_CONCURRENCY)
_BUSY_SECONDS: Final = 1
_DOWN_SECONDS: Final = 2

_trusted: dict[str, tuple[float, Agent]] = {}


def authenticate(request: HttpRequest) -> Agent:
    """Return the agent of the request's token; raises Refusal 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Token" or not token:
        raise Refusal(401, "Authorization: no agent token")
    until, agent = _trusted.get(token, (0.0, None))
    if agent is None or time.monotonic() > until:
        agent = Agent.of_token(token)
        if agent is None:
            _trusted.pop(token, None)
            raise Refusal(401, "Authorization: unknown token, or the agent is disabled")
        _trusted[token] = (time.monotonic() + _TRUST, agent)
    return agent


View = Callable[[HttpRequest], JsonResponse]


def answering(view: View) -> View:
    """Turn a refusal, or a database that is away, into its JSON answer."""

    def answer(request: HttpRequest) -> JsonResponse:
        try:
            return view(request)
        except Refusal as refusal:
            return _refused(refusal)
        except (OperationalError, InterfaceError):
            return _refused(Refusal(503, "the database does not answer", _DOWN_SECONDS))

    return answer


def _refused(refusal: Refusal) -> JsonResponse:
    response = JsonResponse({"error": refusal.reason}, status=refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


@csrf_exempt  # a token is no cookie: nobody else's page can send it
@require_POST
@answering
def batches(request: HttpRequest) -> JsonResponse:
    """Store a batch and answer its line of the ledger."""
    agent = authenticate(request)
    header = read_header(request)
    if not _AT_WORK.acquire(blocking=False):
        raise Refusal(429, "as many batches as allowed are at work", _BUSY_SECONDS)
    try:
        return _take(request, agent, header)
    finally:
        _AT_WORK.release()


def _take(request: HttpRequest, agent: Agent, header: dict[str, Any]) -> JsonResponse:
    now = timezone.now()
    encoding = request.headers.get("Content-Encoding", "")
    limits = Limits(
        settings.INGEST_MAX_BODY_BYTES,
        settings.INGEST_MAX_DECOMPRESSED_BYTES,
        settings.INGEST_MAX_ROWS,
    )
    if int(request.headers.get("Content-Length") or 0) > limits.body:
        raise Refusal(413, f"body: over {limits.body:,} bytes")
    body, kind = request.read(), request.content_type or ""
    table = read(body, encoding, kind, header["frame"], limits)
    header["arrow"] = body if encoding == "zstd" and kind == schema.CONTENT_TYPE else b""
    answer = import_string(settings.INGEST_WITH)(agent, header, table, now)
    skew = (now - header["sent_at"]).total_seconds() if header["sent_at"] else None
    _note(agent, request, header, skew, now)
    return JsonResponse(asdict(answer) | {"clock_skew": skew})


def read_header(request: HttpRequest) -> dict[str, Any]:
    """Return what the headers say of a batch; raises Refusal 422 naming the header."""
    return {
        "session": _parsed(request, schema.HEADER_SESSION, UUID),
        "sequence": _parsed(request, schema.HEADER_SEQUENCE, _positive),
        "frame": _parsed(request, schema.HEADER_FRAME, _one_of(tuple(schema.FRAMES))),
        "schema": _parsed(request, schema.HEADER_SCHEMA, _one_of((str(schema.VERSION),))),
        "interface": _parsed(request, schema.HEADER_INTERFACE, _name),
        "kind": _parsed(request, schema.HEADER_KIND, _one_of(schema.INTERFACE_KINDS)),
        "sent_at": _moment(request.headers.get(schema.HEADER_SENT_AT, "")),
        "counters": _parsed(request, schema.HEADER_COUNTERS, _counters, "{}"),
    }


def _parsed(request: HttpRequest, name: str, parse: Callable[[str], Any], default: str = "") -> Any:
    text = request.headers.get(name, default)
    if not text:
        raise Refusal(422, f"{name}: the header is missing")
    try:
        return parse(text)
    except (ValueError, TypeError) as error:
        raise Refusal(422, f"{name}: {error}") from None


def _positive(text: str) -> int:
    number = int(text)
    if not 0 < number < 1 << 63:
        raise ValueError("not between 1 and 2^63")
    return number


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is not one of {', '.join(allowed)}")
        return text

    return parse


def _name(text: str) -> str:
    if len(text) > 200 or not text.isprintable():
        raise ValueError("over 200 characters or not printable")
    return text


def _counters(text: str) -> dict[str, int]:
    found = json.loads(text)
    return {name: int(found[name]) for name in schema.COUNTERS if name in found}


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None


def _note(
    agent: Agent, request: HttpRequest, header: dict[str, Any], skew: float | None, now: datetime
) -> None:
    """Keep the agent's last sign of life; at most once a second, for it is one row for all."""
    recently = agent.last_seen_at and (now - agent.last_seen_at).total_seconds() < 1
    if recently and not header["counters"]:
        return
    agent.last_seen_at = now
    Agent.objects.filter(pk=agent.pk).update(
        last_seen_at=now,
        session=header["session"],
        address=request.META.get("REMOTE_ADDR") or None,
        version=request.headers.get("User-Agent", "")[:40],
        clock_skew_ms=None if skew is None else skew * 1000,
        counters=header["counters"] or agent.counters,
    )


@require_GET
@answering
def wanted(request: HttpRequest) -> JsonResponse:
    """Answer which events some check looks at, and the server's clock."""
    authenticate(request)
    events = sorted(import_string(settings.INGEST_WANTED)())
    return JsonResponse({"events": events, "clock": timezone.now().isoformat()})
