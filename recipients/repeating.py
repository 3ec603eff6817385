"""What stays engaged and is acknowledged by nobody is told again, where a recipient wants that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max

from alerts.models import AlertEvent, State
from recipients import facts, flushing
from recipients.models import Decision, Delivery, Group, Outcome
from recipients.outbox import lock
from recipients.planning import Planner, Waiting, pace

#: So many groups are looked at in one transaction.
LIMIT: Final = 200


def repeat(now: datetime, limit: int = LIMIT) -> int:
    """Tell again what is due; return how many groups were looked at."""
    with transaction.atomic():
        if not lock():
            return 0
        due = Group.objects.filter(repeat_at__lte=now, flush_at__isnull=True)
        groups = list(due.select_related("recipient__endpoint").order_by("repeat_at")[:limit])
        for group in groups:
            _repeat(group, now)
        return len(groups)


def _repeat(group: Group, now: datetime) -> None:
    to = group.recipient
    rows = _still_engaged(group, now)
    room, opens = pace(to.messages_per_hour, flushing.sent_since(to, now - timedelta(hours=1)), now)
    if not rows:
        group.repeat_at = None
    elif room < 1:
        group.repeat_at = opens
    else:
        flushing.write(to, [flushing.Part(group, rows, Delivery.Reason.REPEAT)], now)
        group.flushed_at = now
        group.repeat_at = now + timedelta(seconds=to.repeat_seconds) if to.repeat_seconds else None
    group.save(update_fields=["repeat_at", "flushed_at"])


def _still_engaged(group: Group, now: datetime) -> list[Waiting]:
    """Return the last event of each of its alerts that nothing holds back by now."""
    told = Decision.objects.filter(
        group=group,
        outcome=Outcome.TOLD,
        alert__state=State.ENGAGED,
        alert__acknowledged_at__isnull=True,
    )
    last = told.values("alert").annotate(decision=Max("pk"), event=Max("event"))
    by_event = {row["event"]: row["decision"] for row in last}
    events = list(
        AlertEvent.objects.filter(pk__in=by_event).select_related("alert__interface").order_by("pk")
    )
    planner = Planner(facts.rules(now), {}, now)
    return [
        Waiting(by_event[seen.event], seen.alert, seen.event, seen.score)
        for seen in facts.occurrences_of(events)
        if planner.hold_of(seen) is None
    ]
