import random
from datetime import timedelta

import pytest

from alerts.models import Finding
from recipients import queue, retention, rounds, sending
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
    waiting,
)
from tests.recipients.servers import HttpStub

pytestmark = pytest.mark.django_db


def told(stub):
    """Return the alerts and kinds that a stub accepted, in order."""
    return [(one["alert"], one["kind"]) for r in stub.requests for one in r.json["alerts"]]


@pytest.fixture
def hook(stub):
    return an_endpoint(url=stub.url + "/hook", timeout=1)


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


def test_a_queue_is_one_workers_until_the_lease_is_over(hook, clock):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    assert queue.claim(to.pk, clock.now, 10) is not None
    assert queue.claim(to.pk, clock.now, 10) is None
    assert list(queue.due(clock.now)) == []
    clock.forward(timedelta(seconds=10 + queue.GRACE))
    assert list(queue.due(clock.now)) == [to.pk]
    assert queue.claim(to.pk, clock.now, 10) is not None


def test_a_worker_that_died_in_an_attempt_leaves_it_interrupted_and_it_is_sent_again(
    hook, stub, worker, clock
):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    lease = queue.claim(to.pk, clock.now, 10)
    worker._begin(to, Delivery.objects.get(), lease)  # and then kill -9
    assert worker.work(to.pk) == 0
    clock.forward(MINUTE)
    assert worker.work(to.pk) == 1
    assert [t.outcome for t in Attempt.objects.order_by("number")] == ["interrupted", "sent"]


def test_a_worker_that_was_too_slow_does_not_disturb_its_successor(hook, stub, worker, clock):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    old = queue.claim(to.pk, clock.now, 10)
    clock.forward(MINUTE)
    new = queue.claim(to.pk, clock.now, 10)
    with pytest.raises(queue.LeaseLost):
        worker.step(to.pk, old)
    assert worker.step(to.pk, new) == "sent"


def test_what_is_too_old_is_a_dead_letter(worker, clock):
    to = a_recipient(give_up_hours=1)
    an_event(), an_event()
    rounds.decide(clock.now)
    assert retention.give_up(clock.now + HOUR) == 0
    assert retention.give_up(clock.now + HOUR + SECOND) == 2
    assert not waiting()
    assert "too old after 1 h" in Delivery.objects.first().outcome
    assert "2 messages to ops" in Finding.objects.get(check_key="delivery_too_old").message
    assert worker.work(to.pk) == 0


def test_a_recipient_removed_in_the_middle_ends_its_messages(hook, stub, worker, clock):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    pk = to.pk
    to.delete()
    assert worker.work(pk) == 0
    assert retention.cancel_orphans() == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.recipient_name) == ("cancelled", "ops")
    assert not stub.requests


def test_a_recipient_removed_during_an_attempt_ends_quietly(hook, stub, worker, clock):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)

    def answer(request):
        return 200, {}, b"ok"

    stub.answer = answer
    lease = queue.claim(to.pk, clock.now, 10)
    attempt = worker._begin(to, Delivery.objects.get(), lease)
    type(to).objects.filter(pk=to.pk).delete()
    from recipients.delivery import attempt_once

    delivery = Delivery.objects.get()
    result = attempt_once(to, delivery, worker.out())
    with pytest.raises(queue.LeaseLost):
        worker._finish(to, delivery, attempt, lease, result)
    assert Delivery.objects.get().recipient is None


def test_a_template_that_fails_is_put_aside_for_the_usual_words(hook, stub, worker, clock):
    to = a_recipient(endpoint=hook)
    type(to).objects.update(subject_template="{{ items[7].title }}")
    an_event()
    rounds.decide(clock.now)
    assert worker.work(to.pk) == 1
    assert stub.requests[0].json["subject"] == "Syn scan: 10.0.0.1 (error)" or (
        "10.0.0.1" in stub.requests[0].json["subject"]
    )


@pytest.mark.django_db(transaction=True)
def test_one_that_hangs_delays_no_other(loopback):
    with HttpStub(lambda request: None) as hanging, HttpStub() as quick:
        slow = a_recipient("slow", an_endpoint(url=hanging.url, timeout=1))
        fast = a_recipient("fast", an_endpoint(url=quick.url))
        an_event(), an_event()
        from django.utils import timezone

        now = timezone.now()
        rounds.decide(now)
        assert sending.send(now, Worker(out=lambda: loopback)) == 2
    assert fast.deliveries.filter(state="sent").count() == 2
    assert slow.deliveries.filter(state="waiting").count() == 2


def test_a_backlog_of_the_outbox_is_told(clock):
    an_event()
    assert retention.tell_backlog(clock.now + MINUTE) == 0
    assert retention.tell_backlog(clock.now + 3 * MINUTE) == 1
    assert "1 events of alerts wait" in Finding.objects.get(check_key="outbox_backlog").message


def test_old_records_go_with_the_retention(hook, worker, clock):
    to = a_recipient(endpoint=hook)
    an_event()
    rounds.decide(clock.now)
    worker.work(to.pk)
    assert retention.delete_old(clock.now + 29 * DAY) == 1  # the idle group
    assert retention.delete_old(clock.now + 31 * DAY) > 0
    assert not Delivery.objects.exists()
