"""Pages of a long list by key, not by number: stable while rows are added, quick at any depth."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Q, QuerySet

Row = TypeVar("Row")


class BadCursor(ValueError):
    """A cursor that was not made by this list in this order."""


@dataclass(frozen=True)
class Bound:
    """Rows whose columns, compared as one value, are less (or greater) than these values."""

    columns: tuple[str, ...]
    values: tuple[Any, ...]
    less: bool

    def as_q(self) -> Q:
        """Return the condition for the ORM."""
        side = "lt" if self.less else "gt"
        pairs = list(zip(self.columns, self.values, strict=True))
        steps = [
            Q(**{f"{column}__{side}": value, **dict(pairs[:index])})
            for index, (column, value) in enumerate(pairs)
        ]
        # The first part is implied by the second; it lets the database skip partitions.
        return Q(**{f"{self.columns[0]}__{side}e": self.values[0]}) & reduce(or_, steps)

    def as_sql(self) -> tuple[str, list[Any]]:
        """Return the condition for SQL, and its values."""
        marks = ", ".join(["%s"] * len(self.values))
        sign = "<" if self.less else ">"
        return f"({', '.join(self.columns)}) {sign} ({marks})", list(self.values)


#: Gives the first rows beyond the bound (all for None) in the order of the columns.
Fetch = Callable[[Bound | None, Sequence[str], int], Sequence[Row]]


@dataclass(frozen=True)
class Keyset:
    """A total order: columns that are unique together, all in the same direction.

    ``name`` is what the caller asked for, as "-last_seen"; a cursor of another order is refused.
    """

    name: str
    columns: tuple[str, ...]

    @property
    def descending(self) -> bool:
        """Whether the greatest comes first."""
        return self.name.startswith("-")

    def order(self, *, backwards: bool = False) -> list[str]:
        """Return what to order by, "-" before what goes down."""
        sign = "-" if self.descending != backwards else ""
        return [sign + column for column in self.columns]

    def beyond(self, values: Sequence[Any], *, backwards: bool) -> Bound:
        """Return the bound for the rows after (or before) the one with these values."""
        return Bound(self.columns, tuple(values), self.descending != backwards)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows and the cursors of the pages beside it; None where there is none."""

    rows: list[Row]
    next: str | None
    previous: str | None


_REASON: Final = "is no cursor of this list: follow the links of its pages"


def encode(keyset: Keyset, row: Any, *, backwards: bool) -> str:
    """Return the cursor of the rows after (or before) this one."""
    values = [_plain(_value(row, name)) for name in keyset.columns]
    text = json.dumps([keyset.name, int(backwards), *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(keyset: Keyset, cursor: str) -> tuple[Bound, bool]:
    """Return the cursor's bound and whether it looks backwards; raises BadCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name, backwards, *values = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor(_REASON) from error
    if name != keyset.name:
        raise BadCursor(f"belongs to ordering {name!r}, not to {keyset.name!r}")
    if len(values) != len(keyset.columns) or not all(isinstance(v, str | int) for v in values):
        raise BadCursor(_REASON)
    return keyset.beyond(values, backwards=bool(backwards)), bool(backwards)


def read_page(fetch: Fetch[Row], keyset: Keyset, size: int, cursor: str = "") -> Page[Row]:
    """Return the page at the cursor; raises BadCursor for one that the columns do not understand.

    One row more than ``size`` is fetched, to know whether there is another page.
    """
    bound, backwards = decode(keyset, cursor) if cursor else (None, False)
    try:
        rows = list(fetch(bound, keyset.order(backwards=backwards), size + 1))
    except (ValidationError, ValueError, TypeError, DataError) as error:
        if bound is None:
            raise
        raise BadCursor(_REASON) from error
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_next, has_previous = (True, more) if backwards else (more, bool(cursor))
    return Page(
        rows,
        encode(keyset, rows[-1], backwards=False) if has_next else None,
        encode(keyset, rows[0], backwards=True) if has_previous else None,
    )


def rows_of(queryset: QuerySet[Any]) -> Fetch[Any]:
    """Return what fetches a queryset's rows."""

    def fetch(bound: Bound | None, columns: Sequence[str], size: int) -> Sequence[Any]:
        rows = queryset if bound is None else queryset.filter(bound.as_q())
        return list(rows.order_by(*columns)[:size])

    return fetch


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
