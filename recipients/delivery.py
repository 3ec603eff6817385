"""Attempts: a queue's deliveries one after the other, each attempt on record before it begins.

Whatever kills the worker, the delivery stays ``waiting`` and is attempted again with the same key:
at least once, never zero. An attempt that was begun and never ended counts as interrupted: it may
have been delivered.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from alerts import findings
from checks.parameters import ParameterError
from recipients import queue, reports
from recipients.endpoints.base import Answer, DeliveryError, Outbound, Service, Verdict
from recipients.guard import Forbidden
from recipients.http import MOST_SHOWN, outbound
from recipients.message import Item, Message
from recipients.models import Attempt, Delivery, Endpoint, Queue, Recipient
from recipients.rendering import write
from recipients.vault import Sealed

logger = logging.getLogger(__name__)

#: A worker lets go of a queue after so many seconds, so that others have their turn.
TURN: Final = 5.0

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Result:
    """What an attempt came to; ``error`` is None for a success."""

    milliseconds: float
    answer: Answer | None = None
    error: DeliveryError | None = None


@dataclass
class Worker:
    """Works off queues. Tests give a clock, a way out and the chance of the jitter."""

    clock: Clock = timezone.now
    out: Callable[[], Outbound] = outbound
    chance: Callable[[], float] = random.random
    turn: float = TURN

    def work(self, recipient: int) -> int:
        """Attempt the deliveries of a recipient in order; return how many were sent."""
        lease = queue.claim(recipient, self.clock(), TURN)
        if lease is None:
            return 0
        began, sent = time.monotonic(), 0
        try:
            while time.monotonic() - began < self.turn:
                state = self.step(recipient, lease)
                sent += state is Delivery.State.SENT
                if state is None or state is Delivery.State.WAITING:
                    return sent
            queue.release(recipient, lease)
        except queue.LeaseLost:
            logger.warning("the queue of recipient %d was taken by another worker", recipient)
        return sent

    def step(self, recipient: int, lease: UUID) -> Delivery.State | None:
        """Attempt the next delivery; return its state, None when there is none."""
        to = Recipient.objects.select_related("endpoint").filter(pk=recipient).first()
        waiting = Delivery.objects.filter(recipient=recipient, state=Delivery.State.WAITING)
        delivery = waiting.order_by("id").first()
        if to is None or delivery is None:
            queue.release(recipient, lease)
            return None
        attempt = self._begin(to, delivery, lease)
        result = attempt_once(to, delivery, self.out())
        return self._finish(to, delivery, attempt, lease, result)

    def _begin(self, to: Recipient, delivery: Delivery, lease: UUID) -> Attempt:
        with transaction.atomic():
            mine = queue.held(to.pk, lease)
            queue.extend(mine, self.clock(), longest(to.endpoint))
            interrupted = delivery.tries.filter(outcome=Attempt.Outcome.OPEN)
            interrupted.update(
                outcome=Attempt.Outcome.INTERRUPTED,
                answer="the worker ended during the attempt: it may have been delivered",
            )
            delivery.attempts += 1
            delivery.save(update_fields=["attempts"])
            return Attempt.objects.create(
                delivery=delivery, number=delivery.attempts, started_at=self.clock()
            )

    def _finish(
        self, to: Recipient, delivery: Delivery, attempt: Attempt, lease: UUID, result: Result
    ) -> Delivery.State:
        with transaction.atomic():
            note(attempt, result)
            mine = queue.held(to.pk, lease)
            if result.error is None:
                queue.succeed(mine)
                return _end(delivery, Delivery.State.SENT, attempt.answer, self.clock())
            if result.error.verdict is Verdict.REFUSED:
                state = _end(delivery, Delivery.State.DEAD, attempt.answer, self.clock())
            else:
                state = self._put_off(to, delivery, mine, result.error)
        _report(to, delivery, result.error)
        return state

    def _put_off(
        self, to: Recipient, delivery: Delivery, mine: Queue, error: DeliveryError
    ) -> Delivery.State:
        """Let the queue wait; a refusal for good disables the endpoint until somebody acts."""
        if error.verdict is Verdict.DISABLED:
            disable(to.endpoint, str(error), self.clock())
        queue.fail(mine, self.clock(), self.chance(), error.retry_after)
        delivery.outcome = str(error)[:MOST_SHOWN]
        delivery.save(update_fields=["outcome"])
        return Delivery.State.WAITING


def note(attempt: Attempt, result: Result) -> None:
    """Write what an attempt came to."""
    attempt.milliseconds = result.milliseconds
    if result.error is None and result.answer is not None:
        attempt.outcome = Attempt.Outcome.SENT
        attempt.status, attempt.answer = result.answer.status, result.answer.text[:MOST_SHOWN]
    elif result.error is not None:
        is_final = result.error.verdict is not Verdict.RETRY
        attempt.outcome = Attempt.Outcome.REFUSED if is_final else Attempt.Outcome.FAILED
        attempt.status, attempt.answer = result.error.status, str(result.error)[:MOST_SHOWN]
    attempt.save()


def _end(delivery: Delivery, state: Delivery.State, outcome: str, now: datetime) -> Delivery.State:
    delivery.state, delivery.outcome = state, outcome
    delivery.sent_at = now if state is Delivery.State.SENT else None
    delivery.save(update_fields=["state", "outcome", "sent_at"])
    return state


def disable(endpoint: Endpoint, reason: str, now: datetime) -> None:
    """Switch an endpoint off visibly; its deliveries wait until somebody switches it on."""
    Endpoint.objects.filter(pk=endpoint.pk).update(
        is_enabled=False, refused_at=now, refusal=reason[:MOST_SHOWN]
    )


def _report(to: Recipient, delivery: Delivery, error: DeliveryError) -> None:
    """Raise a system alert about what will not get better by itself."""
    values = {"recipient": to.name, "delivery": delivery.pk, "answer": str(error)[:300]}
    if error.verdict is Verdict.DISABLED:
        message = f"The endpoint {to.endpoint.name} refused for good and is disabled: {error}"
        findings.report("endpoint_disabled", to.endpoint.name, message[:500], values)
    elif error.verdict is Verdict.REFUSED:
        message = f"A message to {to.name} was refused and is a dead letter: {error}"
        findings.report("delivery_refused", to.name, message[:500], values, score=50)


def longest(endpoint: Endpoint) -> float:
    """Return the seconds that an attempt takes at most; some for one that cannot begin."""
    try:
        return endpoint.service().longest
    except (ParameterError, ValidationError, Sealed):
        return 1.0


def attempt_once(to: Recipient, delivery: Delivery, out: Outbound) -> Result:
    """Send a delivery once; whatever goes wrong is in the result."""
    began = time.monotonic()
    answer, error = None, None
    try:
        service = to.endpoint.service()
        answer = service.send(to.addressee(), message_of(to, delivery, service), out)
    except DeliveryError as trouble:
        error = trouble
    except (ParameterError, ValidationError, Sealed, Forbidden) as trouble:
        error = DeliveryError(_words(trouble), Verdict.DISABLED)
    except OSError as trouble:
        error = DeliveryError(_words(trouble))
    except Exception as trouble:  # a fault of ours must not stop the queue for ever
        logger.exception("delivery %s failed", delivery.key)
        error = DeliveryError(f"{type(trouble).__name__}: {trouble}")
    return Result((time.monotonic() - began) * 1000, answer, error)


def _words(trouble: Exception) -> str:
    if isinstance(trouble, ValidationError):
        return "; ".join(trouble.messages)
    return str(trouble) or type(trouble).__name__


def message_of(to: Recipient, delivery: Delivery, service: Service) -> Message:
    """Return a delivery's words; a template that fails is put aside for the usual ones."""
    if delivery.reason == Delivery.Reason.REPORT:
        return reports.message_of(delivery)
    message = _written(to, delivery)
    if not service.wants_reports:
        return message
    attachments = reports.beside(message.items, delivery.created_at, to.zone)
    return replace(message, attachments=tuple(attachments))


def _written(to: Recipient, delivery: Delivery) -> Message:
    items = [Item(**item) for item in delivery.content["items"]]
    said: dict[str, Any] = {
        "key": str(delivery.key),
        "reason": delivery.reason,
        "total": delivery.total,
        "severity": delivery.severity,
        "created_at": delivery.created_at.isoformat(),
        "zone": to.zone,
    }
    try:
        return write(items, subject=to.subject_template, body=to.body_template, **said)
    except ValueError as error:
        logger.warning("%s: %s", to.name, error)
        return write(items, **said)
