"""Leases, what ends in the middle, and what is told of a backlog."""

from datetime import timedelta

import pytest

from alerts.models import Finding
from recipients import queue, retention, rounds, sending
from recipients.delivery import Worker
from recipients.models import Attempt, Delivery
from tests.recipients.builders import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    a_recipient,
    an_endpoint,
    an_event,
    waiting,
)
from tests.recipients.servers import HttpStub

pytestmark = pytest.mark.django_db


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
