"""The Test button: a message that is really sent, and what the service answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from checks.parameters import parameters_of
from recipients.delivery import Result, attempt_once, note
from recipients.endpoints.base import Service, Verdict
from recipients.http import Outbound, outbound
from recipients.models import Attempt, Delivery, Endpoint, Recipient
from recipients.ntopng import CATEGORIES
from recipients.rendering import sample_item


def needs_addressee(kind: type[Service]) -> bool:
    """Return whether a message of the kind cannot be sent without a recipient's parameters."""
    parameters = parameters_of(kind.To).values()
    return any(getattr(parameter, "is_required", False) for parameter in parameters)


def test_endpoint(endpoint: Endpoint, now: datetime, out: Outbound | None = None) -> Result:
    """Send a test by an endpoint that needs no addressee; return what came of it."""
    return _send(Recipient(name=endpoint.name, endpoint=endpoint), now, out)


def test_recipient(to: Recipient, now: datetime, out: Outbound | None = None) -> Result:
    """Send a test to a recipient, with their templates; return what came of it."""
    return _send(to, now, out)


# pytest would take them for tests of its own.
test_endpoint.__test__ = test_recipient.__test__ = False  # type: ignore[attr-defined]


def _send(to: Recipient, now: datetime, out: Outbound | None) -> Result:
    item = sample_item(at=now.isoformat(), first_seen=now.isoformat(), last_seen=now.isoformat())
    content = {"items": [{**item.as_json(), "ntopng": sample_ntopng(now)}]}
    delivery = Delivery.objects.create(
        recipient=to if to.pk else None,
        recipient_name=to.name,
        endpoint_name=to.endpoint.name,
        reason=Delivery.Reason.TEST,
        state=Delivery.State.CANCELLED,  # no queue takes it: it is sent here
        total=1,
        severity=item.severity,
        content=content,
        created_at=now,
        attempts=1,
    )
    attempt = Attempt.objects.create(delivery=delivery, number=1, started_at=now)
    result = attempt_once(to, delivery, out or outbound())
    note(attempt, result)
    is_sent = result.error is None
    delivery.state = Delivery.State.SENT if is_sent else Delivery.State.DEAD
    delivery.sent_at = now if is_sent else None
    delivery.outcome = attempt.answer
    delivery.save(update_fields=["state", "sent_at", "outcome"])
    return result


def sample_ntopng(now: datetime) -> dict[str, Any]:
    """Return a host alert as a handler gets it; nothing is wrong with the host."""
    return {
        "ifid": 0,
        "action": "engage",
        "alert_id": 24,
        "alert_category": CATEGORIES["other"],
        "score": 10,
        "entity_id": 1,
        "entity_val": "192.0.2.10@0",
        "ip": "192.0.2.10",
        "ip_version": 4,
        "name": "192.0.2.10",
        "vlan_id": 0,
        "tstamp": int(now.timestamp()),
        "tstamp_end": 0,
        "json": '{"alert_generation": {"script_key": "test", "subdir": "host"}, '
        '"message": "This is a test: nothing is wrong."}',
    }


def words_of(result: Result) -> str:
    """Return what came of a test in a sentence."""
    took = f"in {result.milliseconds:.0f} ms"
    if result.error is None and result.answer is not None:
        said = ", ".join(str(one) for one in result.answer if one not in (None, ""))
        return f"Sent {took}. The service answered: {said or 'nothing'}"
    error = result.error
    later = {
        Verdict.RETRY: "A real message would be attempted again.",
        Verdict.REFUSED: "A real message would be a dead letter.",
        Verdict.DISABLED: "A real message would disable the endpoint.",
    }
    return f"Not sent, {took}: {error}. {later[error.verdict] if error else ''}"
