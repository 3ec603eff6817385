"""Why somebody was told of an alert or not: a readable line per recipient and event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from alerts.models import Alert
from recipients.models import Attempt, Decision, Delivery, Outcome, Recipient

#: So many of an alert's newest decisions are shown.
_MOST = 200


@dataclass(frozen=True)
class Line:
    """What became of one event for one recipient."""

    at: datetime
    recipient: str
    recipient_id: int | None
    kind: str
    outcome: str
    steps: Sequence[str]
    delivery_id: int | None = None

    @property
    def tone(self) -> str:
        """Return "ok", "bad", "wait" or "off"."""
        return _TONES.get(self.outcome, "off")


_TONES = {"sent": "ok", "shown": "ok", "dead": "bad", "waiting": "wait", "retrying": "wait"}
_TONES |= {Outcome.SILENCED: "wait", Outcome.INHIBITED: "wait", Outcome.OFF_HOURS: "wait"}


def trail_of(alert: Alert) -> list[Line]:
    """Return the lines of an alert, the newest first; the interface's own is always there."""
    tries = Prefetch("delivery__tries", Attempt.objects.order_by("number"))
    rows = Decision.objects.filter(alert=alert).select_related(
        "event", "delivery__recipient__endpoint"
    )
    found = rows.prefetch_related(tries).order_by("-id")[:_MOST]
    return [*(_line(row) for row in found), *_interface(alert)]


def _line(row: Decision) -> Line:
    steps = list(row.steps)
    outcome = row.outcome
    if row.delivery:
        outcome, words = _sending(row.delivery)
        steps.append(words)
    elif row.outcome == Outcome.WAITING:
        steps.append("waits for its group")
    return Line(
        row.at, row.recipient_name, row.recipient_id, row.event.kind, outcome, steps,
        row.delivery_id,
    )  # fmt: skip


def _sending(delivery: Delivery) -> tuple[str, str]:
    """Return how a delivery stands: a word, and a phrase as “sent 14:02:11, 200 in 120 ms”."""
    tries = list(delivery.tries.all())
    last = tries[-1] if tries else None
    if delivery.state == Delivery.State.SENT and delivery.sent_at and last:
        code = f"{last.status} " if last.status is not None else ""
        words = f"sent {delivery.sent_at:%H:%M:%S} UTC, {code}in {last.milliseconds or 0:.0f} ms"
        return "sent", f"{words}, at attempt {len(tries)}" if len(tries) > 1 else words
    if delivery.state == Delivery.State.DEAD:
        return "dead", f"not sent after {len(tries)} attempts: {delivery.outcome}"
    if delivery.state == Delivery.State.CANCELLED:
        return "cancelled", delivery.outcome or "cancelled"
    to = delivery.recipient
    if to and not (to.is_enabled and to.endpoint.is_enabled):
        why = to.endpoint.refusal or "switched off"
        return "waiting", f"waits: the endpoint {to.endpoint.name} is disabled ({why})"
    if last and last.outcome != Attempt.Outcome.OPEN:
        return "retrying", f"attempt {len(tries)} {last.outcome}: {last.answer}; tries again"
    return "waiting", "about to be sent"


def _interface(alert: Alert) -> list[Line]:
    """Return the line of the built-in recipient: everything stands in the interface itself."""
    shown = ["shown on the pages since it engaged"]
    return [
        Line(alert.engaged_at, to.name, to.pk, "engaged", "shown", shown)
        for to in Recipient.objects.filter(is_builtin=True)
    ]
