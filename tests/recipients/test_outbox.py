import pytest
from django.db import connection

from alerts.models import AlertEvent
from monitoring.models import HostPool, LocalNetwork
from recipients import flushing, outbox, rounds
from recipients.models import Decision, Delivery
from tests.monitoring.builders import a_host, an_interface
from tests.recipients.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    a_recipient,
    a_silence,
    an_alert,
    an_event,
    outcomes,
    waiting,
)

pytestmark = pytest.mark.django_db


def test_an_event_is_decided_about_once_for_every_recipient():
    a_recipient("first"), a_recipient("second", minimum_severity="critical")
    event = an_event()
    assert outbox.dispatch(NOON) == 1
    assert outbox.dispatch(NOON) == 0
    event.refresh_from_db()
    assert event.dispatched_at == NOON
    assert outcomes(recipient__name="first") == ["waiting"]
    assert outcomes(recipient__name="second") == ["unmatched"]


def test_the_interface_itself_is_there_and_takes_no_deliveries():
    an_event()
    rounds.decide(NOON)
    assert not Decision.objects.exists() and not Delivery.objects.exists()


def test_what_nobody_is_told_of_stays_out_of_the_outbox():
    a_recipient()
    an_event(kind="repeated"), an_event(kind="commented")
    assert outbox.dispatch(NOON) == 0


def test_a_round_of_many_events_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    a_recipient()
    for _ in range(3):
        an_event()
    with django_assert_max_num_queries(25):
        outbox.dispatch(NOON)
    for _ in range(40):
        an_event()
    with django_assert_max_num_queries(25):
        assert outbox.dispatch(NOON) == 40


def test_a_single_message_per_alert_in_the_order_of_events():
    a_recipient()
    alert = an_alert()
    an_event(alert), an_event()
    rounds.decide(NOON)
    an_event(alert, "released")
    rounds.decide(NOON + MINUTE)
    assert [d.content["items"][0]["kind"] for d in waiting()] == ["engaged", "engaged", "released"]
    assert [d.total for d in waiting()] == [1, 1, 1]
    assert Decision.objects.first().steps == [
        "matched",
        "not held back",
        "in a message of its own",
    ]


def test_a_digest_waits_and_is_one_message_with_the_last_state_of_each_alert():
    a_recipient(mode="digest", wait_seconds=10, interval_seconds=300)
    alert = an_alert()
    an_event(alert)
    rounds.decide(NOON)
    assert not waiting()
    an_event(at=NOON + SECOND, alert=an_alert(score=210)), an_event(alert, "released")
    rounds.decide(NOON + 9 * SECOND)
    assert not waiting()
    rounds.decide(NOON + 10 * SECOND)
    (message,) = waiting()
    assert (message.total, message.severity) == (2, "critical")
    assert sorted(item["kind"] for item in message.content["items"]) == ["engaged", "released"]
    an_event()
    rounds.decide(NOON + MINUTE)
    rounds.decide(NOON + 309 * SECOND)
    assert len(waiting()) == 1
    rounds.decide(NOON + 310 * SECOND)
    assert len(waiting()) == 2
    assert "grouped with 1" in Decision.objects.first().steps


def test_digests_are_grouped_by_what_belongs_together():
    a_recipient(mode="digest", group_by=["check"], wait_seconds=0)
    an_event(), an_event(), an_event(an_alert("syn_flood"))
    rounds.decide(NOON)
    assert sorted(message.total for message in waiting()) == [1, 2]


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1"])
def test_labels_know_pools_and_local_networks(host):
    pool = HostPool.objects.create(name="servers")
    LocalNetwork.objects.create(network="2001:db8::/32", name="lab")
    LocalNetwork.objects.create(network="10.0.0.0/24", name="lab")
    a_host(host, interface=an_interface(), pool=pool)
    recipient = a_recipient()
    recipient.pools.add(pool)
    an_event(an_alert(client=host, attacker=host))
    an_event(an_alert(client="192.0.2.9", attacker="192.0.2.9"))
    a_silence("pool = servers\nnetwork = lab")
    outbox.dispatch(NOON)
    assert outcomes() == ["silenced", "unmatched"]


def test_what_engages_again_within_the_hour_is_not_told_again():
    a_recipient(tell_released=False)
    for minutes in (0, 30, 90):
        alert = an_alert(identity="same")
        an_event(alert)
        rounds.decide(NOON + minutes * MINUTE)
        an_event(alert, "released")
        rounds.decide(NOON + (minutes + 1) * MINUTE)
    assert outcomes(event__kind="engaged") == ["told", "duplicate", "told"]


def test_what_gets_worse_is_told_at_once():
    a_recipient()
    alert = an_alert()
    an_event(alert)
    rounds.decide(NOON)
    an_event(alert, "escalated", score=210)
    rounds.decide(NOON + SECOND)
    assert [d.severity for d in waiting()] == ["error", "critical"]


def test_over_the_cap_everything_becomes_one_digest_in_order():
    a_recipient(messages_per_hour=2)
    alerts = [an_alert() for _ in range(5)]
    for alert in alerts:
        an_event(alert)
    rounds.decide(NOON)
    assert [m.total for m in waiting()] == [1, 1]
    an_event(alerts[0], "released")
    rounds.decide(NOON + MINUTE)
    assert len(waiting()) == 2
    rounds.decide(NOON + HOUR)
    last = waiting()[2]
    assert (last.reason, last.total) == ("overflow", 4)
    assert not Decision.objects.exclude(outcome="told").exists()
    assert "over the cap of 2 messages an hour: joins one digest" in (Decision.objects.last().steps)
    an_event()
    rounds.decide(NOON + HOUR)
    assert waiting()[3].reason == "news"


def test_a_flood_becomes_a_bounded_number_of_messages_and_nothing_is_lost():
    a_recipient(messages_per_hour=10)
    a_recipient("digests", mode="digest", messages_per_hour=10, wait_seconds=10)
    interface = an_interface()
    for _ in range(1500):
        an_event(an_alert(interface=interface))
    rounds.decide(NOON, longest=120)
    rounds.decide(NOON + 10 * SECOND, longest=120)
    rounds.decide(NOON + HOUR, longest=120)
    rounds.decide(NOON + 2 * HOUR, longest=120)
    singles = Delivery.objects.filter(recipient__name="ops")
    assert singles.count() == 11
    assert sum(singles.values_list("total", flat=True)) == 1500
    (digest,) = Delivery.objects.filter(recipient__name="digests")
    assert (digest.total, len(digest.content["items"])) == (1500, 50)
    assert outcomes() == ["told"] * 3000


def test_what_stays_engaged_is_repeated_until_somebody_acknowledges():
    a_recipient(repeat_seconds=4 * 3600)
    kept, over = an_alert(), an_alert()
    an_event(kept), an_event(over)
    rounds.decide(NOON)
    an_event(over, "released")
    rounds.decide(NOON + MINUTE)
    rounds.decide(NOON + 4 * HOUR - SECOND)
    assert len(waiting()) == 3
    rounds.decide(NOON + 4 * HOUR)
    rounds.decide(NOON + 4 * HOUR)
    assert [m.reason for m in waiting()] == ["news"] * 3 + ["repeat"]
    kept.acknowledged_at = NOON + 5 * HOUR
    kept.save()
    rounds.decide(NOON + DAY)
    assert len(waiting()) == 4


def test_a_silence_holds_repetitions_too():
    a_recipient(repeat_seconds=3600)
    an_event()
    rounds.decide(NOON)
    a_silence(ends_at=NOON + 90 * MINUTE)
    rounds.decide(NOON + HOUR)
    assert len(waiting()) == 1


def test_a_recipient_that_is_removed_leaves_the_trail():
    recipient = a_recipient()
    an_event()
    a_silence("check = syn_flood")
    an_event(an_alert("syn_flood"))
    rounds.decide(NOON)
    recipient.delete()
    assert Decision.objects.filter(recipient_name="ops", recipient=None).count() == 2
    rounds.decide(NOON + HOUR)
    assert outcomes() == ["told", "over"]
    an_event()
    rounds.decide(NOON + HOUR)
    assert Decision.objects.count() == 2


def test_a_disabled_recipient_is_told_nothing_new():
    a_recipient(is_enabled=False)
    an_event()
    rounds.decide(NOON)
    assert not Decision.objects.exists()


def test_while_another_dispatches_this_one_does_nothing():
    an_event()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [outbox.LOCK])
            assert (outbox.dispatch(NOON), flushing.flush(NOON), outbox.recheck(NOON)) == (0, 0, 0)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [outbox.LOCK])
    finally:
        other.close()
    assert outbox.dispatch(NOON) == 1
    assert not AlertEvent.objects.filter(dispatched_at=None).exists()
