"""Whole lists as CSV (RFC 4180) or NDJSON: read page by page, so that memory stays flat."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

from monitoring.history.keyset import Page

#: So many rows are read at a time.
STEP: Final = 2_000
#: What makes a spreadsheet take a text for a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, Any]


class CsvRenderer(JSONRenderer):
    """Lets ``format=csv`` be asked for; the rows are streamed, an error is said in JSON."""

    media_type = "text/csv"
    format = "csv"


class NdjsonRenderer(JSONRenderer):
    """Lets ``format=ndjson`` be asked for; the rows are streamed, an error is said in JSON."""

    media_type = "application/x-ndjson"
    format = "ndjson"


def streamed(
    request: HttpRequest, format: str, columns: Sequence[str], parts: Iterator[Sequence[Row]]
) -> StreamingHttpResponse:
    """Return the answer that is sent part by part.

    ``parts`` are made one at a time; under ASGI in a thread, so that the event loop is not held up
    and what the client has not taken is not read.
    """
    write = _csv if format == "csv" else _ndjson
    head = _line(columns) if format == "csv" else b""
    kind = CsvRenderer if format == "csv" else NdjsonRenderer
    sent: Any = _sent_async if isinstance(request, ASGIRequest) else _sent
    answer = StreamingHttpResponse(sent(parts, write, head), content_type=kind.media_type)
    answer["X-Accel-Buffering"] = "no"
    return answer


def pages(read: Callable[[int, str], Page[Any]], most: int | None) -> Iterator[list[Any]]:
    """Yield the rows of one page after the other, ``most`` in all; ``read`` takes size, cursor."""
    cursor: str | None = ""
    left = most
    while cursor is not None and (left is None or left > 0):
        page = read(STEP if left is None else min(STEP, left), cursor)
        yield page.rows
        left = None if left is None else left - len(page.rows)
        cursor = page.next


Write = Callable[[Sequence[Row]], bytes]


def _sent(parts: Iterator[Sequence[Row]], write: Write, head: bytes) -> Iterator[bytes]:
    yield head
    yield from map(write, parts)


async def _sent_async(
    parts: Iterator[Sequence[Row]], write: Write, head: bytes
) -> AsyncIterator[bytes]:
    lines = _sent(parts, write, head)
    more: Any = sync_to_async(next)
    while (line := await more(lines, None)) is not None:
        yield line


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode()


def _line(columns: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(columns)
    return text.getvalue().encode()


def _ndjson(rows: Sequence[Row]) -> bytes:
    return b"".join(_json(row) + b"\n" for row in rows)


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _cell(value: Any) -> Any:
    """Return a cell: times in UTC, what is nested as JSON, no text that a spreadsheet would run."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list | tuple | dict):
        return _json(value).decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
