"""Counts of what goes on in the runner, gathered in memory and written every second or so.

Statistics alone: hits of exclusions, what shadows would have said, costs. A process that is killed
loses the last second of them, and nothing else.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

import polars as pl
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from checks.models import CheckCost, ShadowFinding
from checks.runner import Evaluation

logger = logging.getLogger(__name__)

#: Seconds between two writes of a process.
FLUSH_EVERY: Final = 1.0
#: Findings of one check in shadow that one write keeps; more are one line.
MOST_SHADOWS: Final = 50
_MOST_FLOWS: Final = 5


class Tallies:
    """What was counted since the last write."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flushed_at = float("-inf")
        self._empty()

    def _empty(self) -> None:
        self._hits: dict[int, int] = {}
        self._excluded: dict[str, int] = {}
        self._shadows: list[pl.DataFrame] = []
        self._costs: list[CheckCost] = []

    def note(self, table: pl.DataFrame, evaluation: Evaluation) -> None:
        """Count the evaluation of a table."""
        if evaluation.excluded.is_empty() and evaluation.shadow.is_empty():
            return
        with self._lock:
            for exclusion, count in evaluation.excluded["exclusion"].value_counts().iter_rows():
                self._hits[exclusion] = self._hits.get(exclusion, 0) + count
            for check, count in evaluation.excluded["check"].value_counts().iter_rows():
                self._excluded[check] = self._excluded.get(check, 0) + count
            if evaluation.shadow.height:
                self._shadows.append(_folded(table, evaluation.shadow))

    def note_costs(self, frame: str, rows: int, seconds: dict[str, float]) -> None:
        """Keep what the checks of a frame cost in a batch."""
        total, now = sum(seconds.values()) or 1.0, timezone.now()
        with self._lock:
            self._costs += [
                CheckCost(
                    check_key=key,
                    frame=frame,
                    microseconds=spent / rows * 1e6,
                    share=spent / total,
                    rows=rows,
                    measured_at=now,
                )
                for key, spent in seconds.items()
            ]

    def flush_if_due(self, now: float) -> None:
        """Write what was counted, at most every FLUSH_EVERY seconds of a monotonic clock."""
        with self._lock:
            has_any = self._hits or self._shadows or self._costs
            if not has_any or now - self._flushed_at < FLUSH_EVERY:
                return
            self._flushed_at = now
            taken = self._hits, self._excluded, self._shadows, self._costs
            self._empty()
        try:
            with transaction.atomic():
                _write(*taken)
        except DatabaseError:
            logger.exception("counts of %d exclusions are lost", len(taken[0]))

    def flush(self) -> None:
        """Write what was counted at once."""
        self.flush_if_due(float("inf"))
        self._flushed_at = float("-inf")


TALLIES: Final = Tallies()


def _folded(table: pl.DataFrame, shadow: pl.DataFrame) -> pl.DataFrame:
    """Return one row per check and identity."""
    names = [name for name in ("interface_id", "flow_id") if name in table.columns]
    rows = table.select(names)[shadow["row"]].with_columns(
        shadow.select("check", "identity", "message", "score")
    )
    if "flow_id" not in names:
        rows = rows.with_columns(pl.lit(None, pl.Int64).alias("flow_id"))
    return rows.group_by("check", "identity", maintain_order=True).agg(
        pl.col("interface_id").first().cast(pl.Int64),
        pl.col("message").first(),
        pl.col("score").max().cast(pl.Int64),
        pl.len().cast(pl.Int64).alias("count"),
        pl.col("flow_id").drop_nulls().unique().head(_MOST_FLOWS),
    )


def _write(
    hits: dict[int, int],
    excluded: dict[str, int],
    shadows: list[pl.DataFrame],
    costs: list[CheckCost],
) -> None:
    if hits:
        with connection.cursor() as cursor:
            cursor.executemany(
                _COUNT_HITS, [(count, number) for number, count in sorted(hits.items())]
            )
            cursor.executemany(_COUNT_EXCLUDED, sorted(excluded.items()))
    if shadows:
        ShadowFinding.objects.bulk_create(_shadow_findings(pl.concat(shadows)))
    if costs:
        latest = {cost.check_key: cost for cost in costs}
        CheckCost.objects.bulk_create(
            [latest[key] for key in sorted(latest)],
            update_conflicts=True,
            unique_fields=["check_key"],
            update_fields=["frame", "microseconds", "share", "rows", "measured_at"],
        )


#: Exclusions that were removed meanwhile are left out.
_COUNT_HITS: Final = """
    INSERT INTO checks_exclusiontally (exclusion_id, hits, last_hit)
    SELECT id, %s, now() FROM checks_exclusion WHERE id = %s
    ON CONFLICT (exclusion_id) DO UPDATE
    SET hits = checks_exclusiontally.hits + excluded.hits, last_hit = excluded.last_hit"""


_COUNT_EXCLUDED: Final = """
    INSERT INTO checks_excludedcount (check_key, hour, hits)
    VALUES (%s, date_trunc('hour', now(), 'UTC'), %s)
    ON CONFLICT (check_key, hour) DO UPDATE SET hits = checks_excludedcount.hits + excluded.hits"""


def _shadow_findings(found: pl.DataFrame) -> list[ShadowFinding]:
    """Return the rows to keep: the first of each check, and one for the rest."""
    rows = []
    for (key,), part in found.group_by("check", maintain_order=True):
        rows += [_shadow_finding(str(key), row) for row in part.head(MOST_SHADOWS).to_dicts()]
        rest = part[MOST_SHADOWS:]
        if rest.height:
            more = {"identity": "", "message": f"{rest.height} others", "flow_id": []}
            sums = {"count": rest["count"].sum(), "score": rest["score"].max()}
            rows.append(_shadow_finding(str(key), {**rest.row(0, named=True), **more, **sums}))
    return rows


def _shadow_finding(key: str, row: dict[str, Any]) -> ShadowFinding:
    return ShadowFinding(
        check_key=key,
        interface_id=row["interface_id"],
        identity=row["identity"].replace("\0", ""),
        message=row["message"].replace("\0", ""),
        score=row["score"],
        count=row["count"],
        flow_ids=row["flow_id"],
    )
