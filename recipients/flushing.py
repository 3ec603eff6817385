"""From groups to deliveries: what is due becomes messages, within each recipient's rate cap.

What is over the cap is put into the recipient's group "overflow" and becomes one digest when there
is room again; until then everything of that recipient joins it, so that the order stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from alerts.models import AlertEvent
from alerts.severity import severity_of
from recipients import queue
from recipients.holding import still_free
from recipients.message import MOST_ITEMS
from recipients.models import Decision, Delivery, Group, Outcome, Recipient
from recipients.outbox import lock
from recipients.planning import Waiting, pace
from recipients.snapshot import item_of

OVERFLOW: Final = "overflow"
#: So many groups are made messages in one transaction.
LIMIT: Final = 500


@dataclass(frozen=True)
class Part:
    """What becomes one message."""

    group: Group
    rows: Sequence[Waiting]
    reason: str = Delivery.Reason.NEWS

    @property
    def shown(self) -> list[Waiting]:
        """Return the last event of each alert, the highest scored ones, in their order."""
        last = {row.alert: row for row in self.rows}
        best = sorted(last.values(), key=lambda row: -row.score)[:MOST_ITEMS]
        return sorted(best)

    @property
    def total(self) -> int:
        """Return how many alerts it tells of."""
        return len({row.alert for row in self.rows})

    @property
    def line(self) -> str:
        """Return the line of the trail."""
        if self.group.key == OVERFLOW:
            return f"in one digest of {self.total} over the rate cap"
        return "in a message of its own" if self.total == 1 else f"grouped with {self.total - 1}"


def flush(now: datetime, limit: int = LIMIT) -> int:
    """Make messages of the groups that are due; return how many groups there were."""
    with transaction.atomic():
        if not lock():
            return 0
        due = Group.objects.filter(flush_at__lte=now).select_related("recipient__endpoint")
        groups = list(due.order_by("flush_at", "id")[:limit])
        by_recipient: dict[int, list[Group]] = {}
        for group in groups:
            by_recipient.setdefault(group.recipient_id, []).append(group)
        for mine in by_recipient.values():
            _flush_recipient(mine[0].recipient, mine, now)
        return len(groups)


def _flush_recipient(to: Recipient, groups: Sequence[Group], now: datetime) -> None:
    """Make a recipient's messages while there is room; put the rest into the overflow."""
    room, opens = pace(to.messages_per_hour, sent_since(to, now - timedelta(hours=1)), now)
    overflow = Group.objects.filter(recipient=to, key=OVERFLOW, flush_at__isnull=False).first()
    waiting = still_free(to, groups, _waiting(groups), now)
    parts = _parts(to, groups, waiting)
    if overflow and (room < 1 or overflow.flush_at is None or overflow.flush_at > now):
        room = 0
    write(to, parts[:room], now)
    _close(to, groups, now)
    if parts[room:]:
        _divert(to, parts[room:], opens)


def sent_since(to: Recipient, since: datetime) -> list[datetime]:
    """Return when messages to a recipient were made, oldest first; tests do not count."""
    made = Delivery.objects.filter(recipient=to, created_at__gt=since)
    counted = made.exclude(reason=Delivery.Reason.TEST).order_by("created_at")
    return list(counted.values_list("created_at", flat=True))


def _waiting(groups: Iterable[Group]) -> dict[int, list[Waiting]]:
    rows = Decision.objects.filter(
        outcome=Outcome.WAITING, group__in=[group.pk for group in groups]
    ).order_by("id")
    found: dict[int, list[Waiting]] = {}
    for group, *row in rows.values_list("group", "pk", "alert", "event", "event__score"):
        found.setdefault(group, []).append(Waiting(*row))
    return found


def _parts(
    to: Recipient, groups: Iterable[Group], waiting: Mapping[int, Sequence[Waiting]]
) -> list[Part]:
    """Return what becomes a message each, the overflow first, then in the order of decisions."""
    parts = []
    for group in groups:
        rows = waiting.get(group.pk, [])
        if group.key == OVERFLOW:
            parts += [Part(group, rows, Delivery.Reason.OVERFLOW)] if rows else []
        elif to.mode == Recipient.Mode.SINGLE:
            parts += [Part(group, [row]) for row in rows]
        elif rows:
            parts.append(Part(group, rows))
    return sorted(parts, key=lambda part: (part.group.key != OVERFLOW, part.rows[0]))


def write(to: Recipient, parts: Sequence[Part], now: datetime) -> list[Delivery]:
    """Write the messages and put them into the recipient's queue."""
    if not parts:
        return []
    events = _events([row.event for part in parts for row in part.shown])
    with_ntopng = to.endpoint.service_class.needs_ntopng
    made = Delivery.objects.bulk_create(
        _delivery(to, part, events, now, with_ntopng=with_ntopng) for part in parts
    )
    _mark_told([(part, delivery) for part, delivery in zip(parts, made, strict=True)])
    queue.wake(to.pk, now)
    return made


def _events(pks: Sequence[int]) -> dict[int, AlertEvent]:
    rows = AlertEvent.objects.filter(pk__in=pks).select_related("alert__interface")
    return {row.pk: row for row in rows}


def _delivery(
    to: Recipient,
    part: Part,
    events: Mapping[int, AlertEvent],
    now: datetime,
    *,
    with_ntopng: bool,
) -> Delivery:
    shown = [events[row.event] for row in part.shown if row.event in events]
    items = [item_of(event, with_ntopng=with_ntopng).as_json() for event in shown]
    return Delivery(
        recipient=to,
        recipient_name=to.name,
        endpoint_name=to.endpoint.name,
        group=part.group,
        reason=part.reason,
        total=part.total,
        severity=str(severity_of(max(row.score for row in part.rows))),
        content={"items": items},
        created_at=now,
    )


def _mark_told(told: Sequence[tuple[Part, Delivery]]) -> None:
    """Note in which message each decision is; a repetition has none of its own."""
    lines = [
        (part, delivery.pk, part.line)
        for part, delivery in told
        if part.reason != Delivery.Reason.REPEAT
    ]
    rows = [(row.decision, number, line) for part, number, line in lines for row in part.rows]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE recipients_decision AS d
               SET outcome = 'told', delivery_id = u.delivery,
                   steps = array_append(d.steps, u.line)
               FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS u(id, delivery, line)
               WHERE d.id = u.id""",
            [list(column) for column in zip(*rows, strict=True)] or [[], [], []],
        )


def _close(to: Recipient, groups: Iterable[Group], now: datetime) -> None:
    """Note that the groups were told; what is repeated gets its time."""
    for group in groups:
        group.flush_at, group.flushed_at = None, now
        if to.repeat_seconds and group.key != OVERFLOW:
            group.repeat_at = now + timedelta(seconds=to.repeat_seconds)
    Group.objects.bulk_update(groups, ["flush_at", "flushed_at", "repeat_at"])


def _divert(to: Recipient, parts: Iterable[Part], opens: datetime) -> None:
    """Put what is over the cap into the overflow, which becomes a digest when there is room."""
    overflow, _ = Group.objects.get_or_create(recipient=to, key=OVERFLOW)
    if overflow.flush_at is None or overflow.flush_at < opens:
        Group.objects.filter(pk=overflow.pk).update(flush_at=opens)
    line = f"over the cap of {to.messages_per_hour} messages an hour: joins one digest"
    decisions = [row.decision for part in parts if part.group.key != OVERFLOW for row in part.rows]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE recipients_decision SET group_id = %s, steps = array_append(steps, %s)
               WHERE id = ANY(%s)""",
            [overflow.pk, line, decisions],
        )
