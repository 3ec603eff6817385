import random

import pytest

from alerts.models import Finding
from recipients import queue, rounds
from recipients.delivery import Worker
from recipients.models import Attempt, Delivery, Endpoint, Queue
from tests.recipients.builders import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    a_recipient,
    an_alert,
    an_endpoint,
    an_event,
    told,
    waiting,
)

pytestmark = pytest.mark.django_db


def test_a_delivery_is_sent_and_its_attempt_is_on_record(hook, stub, worker, clock):
    to = a_recipient(endpoint=hook)
    event = an_event()
    rounds.decide(clock.now)
    assert worker.work(to.pk) == 1
    delivery = Delivery.objects.get()
    attempt = delivery.tries.get()
    assert (delivery.state, delivery.sent_at, delivery.attempts) == ("sent", clock.now, 1)
    assert (attempt.outcome, attempt.status, attempt.answer) == ("sent", 200, "ok")
    assert attempt.milliseconds > 0
    assert told(stub) == [(event.alert_id, "engaged")]
    assert stub.requests[0].headers["idempotency-key"] == str(delivery.key)
    assert Queue.objects.get().due_at is None
    assert worker.work(to.pk) == 0


@pytest.mark.parametrize("status", [429, 500, 502, 503, 408])
def test_what_may_pass_is_attempted_again_later_with_the_same_key(
    hook, stub, worker, clock, status
):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    stub.answer = lambda request: (status, {}, b"later")
    worker.work(to.pk)
    assert Queue.objects.get().due_at == clock.now + 5 * SECOND
    worker.work(to.pk)
    assert len(stub.requests) == 1  # not before it is due
    clock.forward(5 * SECOND)
    worker.work(to.pk)
    assert Queue.objects.get().due_at == clock.now + 10 * SECOND
    stub.answer = lambda request: (200, {}, b"ok")
    clock.forward(10 * SECOND)
    assert worker.work(to.pk) == 1
    assert len({r.headers["idempotency-key"] for r in stub.requests}) == 1
    tries = Attempt.objects.order_by("number")
    assert [t.outcome for t in tries] == ["failed", "failed", "sent"]
    assert [t.number for t in tries] == [1, 2, 3]
    assert Queue.objects.get().failures == 0


def test_the_service_says_when(hook, stub, worker, clock):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    stub.answer = lambda request: (429, {"Retry-After": "120"}, b"")
    worker.work(to.pk)
    due = Queue.objects.get().due_at
    assert clock.now + 120 * SECOND <= due <= clock.now + 125 * SECOND


def test_a_service_that_hangs_costs_its_time_limit_and_is_tried_again(hook, stub, worker, clock):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    stub.answer = lambda request: None
    worker.work(to.pk)
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.status) == ("failed", None)
    assert "timed out" in attempt.answer
    assert 900 < attempt.milliseconds < 4000
    assert len(waiting()) == 1


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (301, {"Location": "https://new.example/"}, "moved to https://new.example/"),
        (401, {}, "401 no"),
        (404, {}, "404 no"),
        (410, {}, "410 no"),
    ],
)
def test_a_refusal_for_good_disables_the_endpoint_visibly_and_keeps_the_message(
    hook, stub, worker, clock, status, headers, words
):
    to = a_recipient(endpoint=hook)
    an_event(), an_event()
    rounds.decide(clock.now)
    stub.answer = lambda request: (status, headers, b"no")
    worker.work(to.pk)
    hook.refresh_from_db()
    assert (hook.is_enabled, hook.refused_at) == (False, clock.now)
    assert words in hook.refusal
    assert Attempt.objects.get().outcome == "refused"
    finding = Finding.objects.get(check_key="endpoint_disabled")
    assert finding.entity == hook.name and words in finding.message
    assert list(queue.due(clock.now + DAY)) == []
    stub.answer = lambda request: (200, {}, b"ok")
    Endpoint.objects.update(is_enabled=True)
    clock.forward(HOUR)
    assert worker.work(to.pk) == 2


def test_a_message_that_is_refused_is_a_dead_letter_and_the_next_goes_on(hook, stub, worker, clock):
    to = a_recipient(endpoint=hook)
    an_event(), an_event()
    rounds.decide(clock.now)
    answers = iter([(400, {}, b"bad"), (200, {}, b"ok")])
    stub.answer = lambda request: next(answers)
    assert worker.work(to.pk) == 1
    dead, sent = Delivery.objects.order_by("id")
    assert (dead.state, dead.outcome, sent.state) == ("dead", "400 bad", "sent")
    assert Endpoint.objects.get(pk=hook.pk).is_enabled
    assert Finding.objects.get(check_key="delivery_refused").entity == "ops"


def test_an_address_inside_is_refused_and_says_which_setting_opens_it(settings, clock):
    settings.OUTBOUND_ALLOW = ()
    to = a_recipient(endpoint=an_endpoint(url="http://127.0.0.1:1/"))
    an_event()
    rounds.decide(clock.now)
    Worker(clock=clock).work(to.pk)
    assert (
        "NTOPWEB_OUTBOUND_ALLOW=127.0.0.1"
        in to.endpoint.__class__.objects.get(pk=to.endpoint_id).refusal
    )


def test_a_lost_key_disables_the_endpoint_with_words(settings, worker, clock):
    to = a_recipient(endpoint=an_endpoint("telegram", token="1:a"), parameters={"chat": "5"})
    an_event()
    rounds.decide(clock.now)
    settings.SECRET_KEY = "another"
    worker.work(to.pk)
    assert "NTOPWEB_SECRET_KEY has changed" in Endpoint.objects.get(pk=to.endpoint_id).refusal


def test_ten_minutes_without_the_endpoint_and_then_all_in_order_without_a_herd(
    hook, stub, worker, clock
):
    recipients = [a_recipient(f"to {n}", endpoint=hook) for n in range(3)]
    alerts = [an_alert() for _ in range(20)]
    worker.chance = random.Random(7).random
    is_up = False
    stub.answer = lambda request: (200 if is_up else 503, {}, b"")
    for number, alert in enumerate(alerts):
        an_event(alert)
        if number >= 10:
            an_event(alerts[number - 10], "released")
    rounds.decide(clock.now)
    began = clock.now
    per_second = []
    while clock.now - began < 30 * MINUTE and Delivery.objects.filter(state="waiting").exists():
        is_up = clock.now - began >= 10 * MINUTE
        before = len(stub.requests)
        for recipient in queue.due(clock.now):
            worker.work(recipient)
        if not is_up:
            per_second.append(len(stub.requests) - before)
        clock.forward(5 * SECOND)
    assert not waiting()
    # While it was away: each queue knocked alone, ever more rarely, not all messages at once.
    assert max(per_second) <= len(recipients)
    assert sum(per_second) <= 8 * len(recipients)
    assert clock.now - began < 16 * MINUTE
    for to in recipients:
        sent = Delivery.objects.filter(recipient=to).order_by("sent_at", "id")
        assert [d.pk for d in sent] == sorted(d.pk for d in sent)
    for delivery_list in _accepted_by_key(stub).values():
        assert delivery_list[-1] == "released" or "released" not in delivery_list


def _accepted_by_key(stub):
    """Return the kinds of each recipient's alert in the order in which they came for good."""
    names = {str(d.key): d.recipient_name for d in Delivery.objects.all()}
    found = {}
    for request in stub.requests:
        for one in request.json["alerts"]:
            key = (names[request.headers["idempotency-key"]], one["alert"])
            found.setdefault(key, []).append(one["kind"])
    return found


def test_queues_that_failed_together_do_not_come_back_together(hook, stub, worker, clock):
    stub.answer = lambda request: (503, {}, b"")
    worker.chance = random.Random(3).random
    for number in range(12):
        a_recipient(f"to {number}", endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    for recipient in queue.due(clock.now):
        worker.work(recipient)
    due = sorted(Queue.objects.values_list("due_at", flat=True))
    assert len(set(due)) == 12 and due[-1] - due[0] > SECOND
