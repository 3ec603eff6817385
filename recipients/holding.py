"""A last look before a digest is made: what came to be held back while it waited in its group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from alerts.models import AlertEvent
from recipients import facts
from recipients.models import Decision, Group, Recipient
from recipients.planning import Planner, Waiting

#: A digest of more is not looked at again: what is over the cap waits for hours, not for silences.
_MOST: Final = 500


def still_free(
    to: Recipient,
    groups: Iterable[Group],
    waiting: Mapping[int, Sequence[Waiting]],
    now: datetime,
) -> dict[int, Sequence[Waiting]]:
    """Return what may be told now, by group; the rest is held until what holds it ends."""
    rows = [row for group in groups for row in waiting.get(group.pk, [])]
    if to.mode == Recipient.Mode.SINGLE or not rows or len(rows) > _MOST:
        return dict(waiting)
    held = _hold(to, rows, now)
    return {
        group: [row for row in mine if row.decision not in held] for group, mine in waiting.items()
    }


def _hold(to: Recipient, rows: Sequence[Waiting], now: datetime) -> set[int]:
    """Hold back what is silenced or inhibited by now, or outside of hours; return its ids."""
    by_event = {row.event: row.decision for row in rows}
    events = AlertEvent.objects.filter(pk__in=by_event).select_related("alert__interface")
    planner = Planner(facts.rules(now), {}, now)
    policy = facts.policy_of(to)
    found = {}
    for seen in facts.occurrences_of(list(events)):
        if hold := planner.held(seen, policy):
            found[by_event[seen.event]] = hold
    decisions = list(Decision.objects.filter(pk__in=found))
    for decision in decisions:
        hold = found[decision.pk]
        decision.outcome, decision.is_held, decision.group = hold.outcome, True, None
        decision.recheck_at, decision.held_by_id = hold.until, hold.by
        decision.steps = [*decision.steps, hold.line]
    columns = ["outcome", "is_held", "group", "recheck_at", "held_by", "steps"]
    Decision.objects.bulk_update(decisions, columns)
    return set(found)
