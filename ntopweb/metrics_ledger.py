"""Sums over the whole ledger that a scrape can afford.

Lines that are settled are summed once and kept in Redis; a scrape sums those of the last minutes.
Without Redis' memory all are summed anew, which for a full ledger takes seconds, once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import connection

#: A line that old has been committed, and does not come again: agents repeat within seconds.
SETTLED: Final = timedelta(minutes=15)
_KEY: Final = "metrics-ledger"
#: Columns of the sums, in their order.
COLUMNS: Final = (
    *("batches", "rows", "stored_rows", "refused_rows", "repeated_batches", "findings"),
    "seconds",
)


@dataclass
class Sums:
    """Sums by (agent, interface, frame) and rows refused by reason, of all lines before a time."""

    until: datetime
    places: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, since: datetime | None, until: datetime | None) -> None:
        """Add the lines from a time until before another."""
        for *place, numbers in _rows(_PLACES, since, until):
            key = (place[0], place[1], place[2])
            before = self.places.setdefault(key, [0.0] * len(COLUMNS))
            self.places[key] = [a + float(b) for a, b in zip(before, numbers, strict=True)]
        for reason, number in _rows(_REASONS, since, until):
            self.reasons[reason] += int(number)


def ledger_sums(now: datetime) -> Sums:
    """Return the sums over all lines that were ever in the ledger, as far as is remembered."""
    kept: Sums | None = cache.get(_KEY)
    settled = now - SETTLED
    if kept is None or kept.until < settled - SETTLED:
        since = kept.until if kept else None
        kept = kept or Sums(settled)
        kept.add(since, settled)
        kept.until = settled
        cache.set(_KEY, kept, timeout=None)
    kept.add(kept.until, None)
    return kept


def _rows(sql: str, since: datetime | None, until: datetime | None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": since, "until": until})
        return list(cursor.fetchall())


_TIMES: Final = (
    "(%(since)s::timestamptz IS NULL OR l.received_at >= %(since)s)"
    " AND (%(until)s::timestamptz IS NULL OR l.received_at < %(until)s)"
)
_PLACES: Final = f"""
    SELECT a.name, i.name, frame, ARRAY[count(*), sum(rows), sum(stored), sum(refused),
        sum(repeated), sum(findings), sum(milliseconds) / 1000]::float8[]
    FROM (SELECT agent_id, interface_id, frame, rows, stored, refused, repeated, findings,
              milliseconds FROM monitoring_ledgerline l WHERE {_TIMES}) AS l
    JOIN monitoring_agent a ON a.id = l.agent_id
    JOIN monitoring_interface i ON i.id = l.interface_id
    GROUP BY a.name, i.name, frame"""  # noqa: S608 (ours)
_REASONS: Final = f"""
    SELECT reason, sum(number::bigint)
    FROM monitoring_ledgerline l, jsonb_each_text(l.refused_by_reason) AS r(reason, number)
    WHERE refused > 0 AND {_TIMES} GROUP BY reason"""  # noqa: S608 (ours)
