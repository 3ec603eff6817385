"""Lists as CSV files (RFC 4180): what the page's filter leaves, all columns, times in UTC."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

#: So many rows a file has at most; more is a matter of the REST API.
MOST_ROWS: Final = 50_000
#: What makes a spreadsheet take a text for a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def wants_csv(request: HttpRequest) -> bool:
    """Return whether the list is asked for as a file."""
    return request.GET.get("format") == "csv"


def csv_of(name: str, rows: Iterable[Any], columns: Mapping[str, str]) -> HttpResponse:
    """Return a file of rows; ``columns`` are titles and the attributes behind them."""
    answer: Any = StreamingHttpResponse(_lines(rows, columns), content_type="text/csv")
    day = f"{timezone.now():%Y-%m-%dT%H%M%SZ}"
    answer["Content-Disposition"] = f'attachment; filename="ntopweb-{name}-{day}.csv"'
    found: HttpResponse = answer
    return found


def _lines(rows: Iterable[Any], columns: Mapping[str, str]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    getters = [attrgetter(path) for path in columns.values()]
    for row in islice(rows, MOST_ROWS):
        yield writer.writerow([_text(get(row)) for get in getters])


def _text(value: Any) -> Any:
    """Return a cell: times in UTC, lists in one, no text that a spreadsheet would run."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
