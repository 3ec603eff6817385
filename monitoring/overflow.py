"""Counting what is more than the bounds allow: nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from monitoring.models import Overflow


def note(cursor: Any, counts: Mapping[tuple[int, str], int]) -> None:
    """Count by (interface, bound), in the caller's transaction."""
    rows = [(place, bound, count) for (place, bound), count in sorted(counts.items()) if count]
    if rows:
        cursor.executemany(
            "INSERT INTO monitoring_overflow (interface_id, bound, count)"
            " SELECT id, %s, %s FROM monitoring_interface WHERE id = %s",  # it may be gone by now
            [(bound, count, place) for place, bound, count in rows],
        )


def noted(since: datetime, until: datetime | None = None) -> QuerySet[Overflow]:
    """Return what was counted since then."""
    lines = Overflow.objects.filter(noted_at__gte=since)
    return lines.filter(noted_at__lte=until) if until is not None else lines


def by_bound(lines: QuerySet[Overflow]) -> Iterable[tuple[str, int]]:
    """Return (bound, count), the greatest count first."""
    return lines.order_by().values_list("bound").annotate(total=Sum("count")).order_by("-total")
