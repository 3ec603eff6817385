"""From the outbox to decisions: claim events, decide for every recipient, write all of it at once.

Whatever kills the process leaves either the event in the outbox, or it dispatched with a decision
per recipient. One round runs at a time, by an advisory lock: groups and what recipients know are
read and written by it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from alerts.models import AlertEvent
from alerts.models.event import CHANGES
from recipients import facts
from recipients.models import Decision, Group, Outcome
from recipients.models.decision import HELD, KNOWN
from recipients.occurrence import Occurrence
from recipients.planning import Decided, Known, Planner, Policy, flush_at, plan

#: Key of the advisory lock; any number that nothing else uses.
LOCK: Final = 0x6E746F71
#: So many events are dispatched in one transaction.
LIMIT: Final = 1000
#: So many held decisions are decided anew in one.
RECHECKS: Final = 1000


def lock() -> bool:
    """Take the right to dispatch until the transaction ends; return whether it was taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def dispatch(now: datetime, limit: int = LIMIT) -> int:
    """Decide about the oldest events of the outbox; return how many there were."""
    with transaction.atomic():
        if not lock():
            return 0
        events = _claim(limit)
        if events:
            _decide(events, now)
            pks = [event.pk for event in events]
            AlertEvent.objects.filter(pk__in=pks).update(dispatched_at=now)
        return len(events)


def _claim(limit: int) -> list[AlertEvent]:
    waiting = AlertEvent.objects.filter(dispatched_at__isnull=True, kind__in=list(CHANGES))
    rows = waiting.select_related("alert__interface").defer("alert__flows", "alert__values")
    return list(rows.order_by("id")[:limit])


def _decide(events: Sequence[AlertEvent], now: datetime) -> None:
    occurrences = facts.occurrences_of(events)
    policies = facts.policies()
    if not policies:
        return
    decided = plan(occurrences, policies, facts.rules(now), memory(occurrences, policies), now)
    groups = open_groups(decided, policies, now)
    names = {to.id: to.name for to in policies}
    rows = [_row(one, names, groups, now) for one in decided]
    Decision.objects.bulk_create(rows, batch_size=2000)
    _wake_held(occurrences, now)


def memory(
    occurrences: Iterable[Occurrence], policies: Sequence[Policy]
) -> dict[tuple[int, str], Known]:
    """Return what recipients were last told of these things."""
    prints = list({seen.fingerprint for seen in occurrences})
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r, f, d.state, d.at
               FROM unnest(%s::bigint[]) AS r CROSS JOIN unnest(%s::text[]) AS f
               CROSS JOIN LATERAL (
                   SELECT state, at FROM recipients_decision
                   WHERE recipient_id = r AND fingerprint = f AND outcome = ANY(%s)
                   ORDER BY id DESC LIMIT 1) AS d""",
            [[to.id for to in policies], prints, [str(one) for one in KNOWN]],
        )
        return {(row[0], row[1]): Known(row[2], row[3]) for row in cursor}


def open_groups(
    decided: Iterable[Decided], policies: Sequence[Policy], now: datetime
) -> dict[tuple[int, str], Group]:
    """Make or find the groups of what waits, and set when they become messages."""
    by_id = {to.id: to for to in policies}
    keys = list(dict.fromkeys((one.recipient, one.group) for one in decided if one.group))
    known = _groups(keys)
    for recipient, key in keys:
        group = known.setdefault((recipient, key), Group(recipient_id=recipient, key=key))
        if group.flush_at is None:
            group.flush_at = flush_at(by_id[recipient], group.flushed_at, now)
    Group.objects.bulk_create(
        known.values(),
        update_conflicts=True,
        unique_fields=["recipient", "key"],
        update_fields=["flush_at"],
    )
    return _groups(keys)


def _groups(keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Group]:
    recipients, names = [key[0] for key in keys], [key[1] for key in keys]
    rows = Group.objects.filter(recipient__in=set(recipients), key__in=set(names))
    wanted = set(keys)
    return {
        (row.recipient_id, row.key): row for row in rows if (row.recipient_id, row.key) in wanted
    }


def _row(
    one: Decided,
    names: Mapping[int, str],
    groups: Mapping[tuple[int, str], Group],
    now: datetime,
) -> Decision:
    return Decision(
        event_id=one.occurrence.event,
        alert_id=one.occurrence.alert,
        recipient_id=one.recipient,
        recipient_name=names[one.recipient],
        at=now,
        fingerprint=one.occurrence.fingerprint,
        state=one.occurrence.state,
        **_outcome(one, groups),
    )


def _outcome(one: Decided, groups: Mapping[tuple[int, str], Group]) -> dict[str, object]:
    """Return the columns that say what became of it."""
    hold = one.hold
    return {
        "outcome": one.outcome,
        "steps": list(one.steps),
        "is_held": hold is not None,
        "recheck_at": hold.until if hold else None,
        "held_by_id": hold.by if hold else None,
        "group": groups[one.recipient, one.group] if one.group else None,
    }


def _wake_held(occurrences: Iterable[Occurrence], now: datetime) -> None:
    """Have what was hidden by causes that are over decided anew, and what itself is over."""
    over = [seen.alert for seen in occurrences if seen.kind == "released"]
    held = Decision.objects.filter(is_held=True)
    held.filter(held_by__in=over).update(recheck_at=now)
    held.filter(alert__in=over, event__kind__in=["engaged", "escalated"]).update(recheck_at=now)


def recheck(now: datetime, limit: int = RECHECKS) -> int:
    """Decide anew what was held back and need not be any more; return how many there were."""
    with transaction.atomic():
        if not lock():
            return 0
        due = Decision.objects.filter(is_held=True, recheck_at__lte=now)
        rows = list(due.select_related("event__alert__interface").order_by("id")[:limit])
        if rows:
            _decide_anew(rows, now)
        return len(rows)


def _decide_anew(rows: Sequence[Decision], now: datetime) -> None:
    policies = facts.policies({row.recipient_id for row in rows if row.recipient_id})
    by_id = {to.id: to for to in policies}
    occurrences = dict(
        zip(
            [row.pk for row in rows],
            facts.occurrences_of([row.event for row in rows]),
            strict=True,
        )
    )
    planner = Planner(facts.rules(now), memory(occurrences.values(), policies), now)
    decided = {}
    for row in rows:
        seen, to = occurrences[row.pk], by_id.get(row.recipient_id or 0)
        decided[row.pk] = _anew(planner, seen, to)
    groups = open_groups([one for one in decided.values() if one], policies, now)
    for row in rows:
        _change(row, decided[row.pk], groups)
    columns = ["outcome", "steps", "is_held", "recheck_at", "held_by", "group"]
    Decision.objects.bulk_update(rows, columns)


def _anew(planner: Planner, seen: Occurrence, to: Policy | None) -> Decided | None:
    """Return the new decision; None when it is over, or known to somebody, or nobody's."""
    if to is None:
        return None
    if seen.kind != "released" and (not seen.is_engaged or seen.is_acknowledged):
        return None
    return planner.decide(seen, to)


def _change(row: Decision, one: Decided | None, groups: Mapping[tuple[int, str], Group]) -> None:
    """Bring a held decision up to date; the lines that it had stay before the new ones."""
    if one is None:
        row.outcome, row.is_held, row.recheck_at = Outcome.OVER, False, None
        row.steps = [*row.steps, _why_over(row)]
        return
    changed = _outcome(one, groups)
    fresh = [line for line in one.steps if line not in row.steps]
    for name, value in {**changed, "steps": [*row.steps, *fresh]}.items():
        setattr(row, name, value)


def _why_over(row: Decision) -> str:
    alert = row.event.alert
    if row.recipient_id is None:
        return "the recipient was removed or disabled"
    return "over before it could be told" if not alert.is_engaged else "acknowledged meanwhile"


def recheck_soon(now: datetime) -> None:
    """Have all that is held back decided anew: a silence, window, rule or hours have changed."""
    Decision.objects.filter(is_held=True, outcome__in=list(HELD)).update(recheck_at=now)
