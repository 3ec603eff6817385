"""One round of the lifecycle: findings become alerts, in one transaction.

Whatever kills the process or the database leaves either the findings in the queue, or the alerts
with their timeline. Only one round runs at a time, over all processes, by an advisory lock that
the transaction holds; it also makes the ids of events grow in the order of commits.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from django.db import DataError, IntegrityError, connection, transaction

from alerts import findings, folding
from alerts.models import AlertEvent
from alerts.plan import Found, Plan, Reach, plan
from alerts.running import stopped

logger = logging.getLogger(__name__)

#: So many findings are folded at once: some 100 ms of work.
LIMIT: Final = 2000
#: And so many while there is a backlog.
LIMIT_OF_BACKLOG: Final = 16_000
#: Before all time: rounds have always been made.
EVER: Final = datetime.min.replace(tzinfo=UTC)
#: What a finding can do to a round; that the database is away is none of it.
_FAULTS: Final = (DataError, IntegrityError, ValueError, TypeError, KeyError)


@dataclass(frozen=True)
class Round:
    """What a round did."""

    claimed: int = 0
    plan: Plan = field(default_factory=Plan)
    events: list[AlertEvent] = field(default_factory=list)
    #: Interfaces of which something was heard.
    heard: frozenset[int] = frozenset()

    @property
    def did_work(self) -> bool:
        """Whether it claimed anything: then there may be more."""
        return self.claimed > 0


class Backlog(NamedTuple):
    """What waits in the queue: how many findings, and since when the oldest, in seconds."""

    findings: int
    seconds: float


def process_round(
    now: datetime,
    *,
    listening_since: datetime = EVER,
    limit: int = LIMIT,
    releasing: bool = True,
) -> Round | None:
    """Fold the oldest findings into alerts, and release those that are over.

    ``listening_since`` is when rounds began without a break; before that silence says nothing.
    Returns None while another process is at it. A finding that cannot be folded is set aside with
    the reason, and alerted; the others are folded nevertheless.
    """
    claimed: list[int] = []
    reach = Reach(now, listening_since)
    try:
        with transaction.atomic():
            return _fold(reach, limit, claimed, releasing) if folding.lock(wait=False) else None
    except _FAULTS as error:
        if not claimed:
            raise
        if len(claimed) == 1:
            _set_aside(claimed[0], error)
            return Round(claimed=1)
    half = len(claimed) // 2
    return process_round(now, listening_since=listening_since, limit=half, releasing=False)


def _fold(reach: Reach, limit: int, claimed: list[int], releasing: bool) -> Round:
    rows = folding.claim(limit)
    claimed += [number for number, _ in rows]
    kinds = folding.present_interfaces()
    told = [f for _, f in rows if f.interface_id is None or f.interface_id in kinds]
    reached = _reached(told, reach.now)
    folding.advance(reached, reach.now)
    found = [f for f in told if f.family != findings.PROGRESS]
    engaged = folding.engaged_of(found) if found else []
    if releasing:
        checks = stopped(reach.now)
        reach = replace(reach, marks=folding.marks(kinds), **checks._asdict())
        engaged = [*folding.due(reach, LIMIT), *engaged]
    made = plan(engaged, found, reach)
    return Round(len(rows), made, folding.write(made, reach.now), frozenset(reached))


def _reached(told: Sequence[Found], now: datetime) -> dict[int, datetime]:
    """Return how far events got on each interface; a clock that is fast does not end alerts."""
    reached: dict[int, datetime] = {}
    for row in told:
        if row.family == findings.PROGRESS and row.interface_id is not None:
            time = min(row.last_seen, now)
            reached[row.interface_id] = max(reached.get(row.interface_id, time), time)
    return reached


def _set_aside(number: int, error: Exception) -> None:
    logger.error("finding %d cannot be folded: %s", number, error)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE alerts_finding SET status = 'failed', error = %s WHERE id = %s
               RETURNING "check" """,
            [str(error), number],
        )
        row = cursor.fetchone()
    check = row[0] if row else "unknown"
    message = f"A finding of {check} could not become an alert"
    findings.report("finding_failed", check, message, {"finding": number, "error": str(error)})


def backlog(now: datetime) -> Backlog:
    """Return what waits in the queue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), min(created_at) FROM alerts_finding WHERE status = 'new'")
        count, oldest = cursor.fetchone()
    return Backlog(count, max((now - oldest).total_seconds(), 0.0) if oldest else 0.0)
