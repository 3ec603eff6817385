"""Silences, hours and causes hold messages back, and let them go."""

import pytest

from recipients import outbox, rounds
from recipients.models import Decision, InhibitionRule, MaintenanceWindow
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


def test_a_silence_that_ends_tells_what_is_still_engaged():
    a_recipient()
    a_silence()
    over = an_alert()
    an_event(over), an_event(), an_event(an_alert("syn_flood"))
    rounds.decide(NOON)
    assert outcomes() == ["silenced", "silenced", "told"]
    an_event(over, "released", at=NOON + MINUTE)
    rounds.decide(NOON + MINUTE)
    assert outcomes(alert=over) == ["over", "untold"]
    rounds.decide(NOON + HOUR - SECOND)
    assert len(waiting()) == 1
    rounds.decide(NOON + HOUR)
    assert outcomes() == ["over", "told", "told", "untold"]
    assert Decision.objects.all()[1].steps == [
        "matched",
        "silence “upgrade” until Tue 24 Nov 13:00 UTC",
        "not held back",
        "in a message of its own",
    ]


def test_a_silence_that_overlaps_a_window_holds_until_the_later_end():
    a_recipient()
    a_silence(ends_at=NOON + 10 * MINUTE)
    MaintenanceWindow.objects.create(
        name="nightly", first="2026-11-24 12:05", minutes=60, rule="FREQ=DAILY", zone="UTC"
    )
    an_event()
    rounds.decide(NOON)
    rounds.decide(NOON + 10 * MINUTE)
    assert outcomes() == ["silenced"]
    assert "window “nightly”" in Decision.objects.get().steps[-1]
    rounds.decide(NOON + 65 * MINUTE)
    assert outcomes() == ["told"]


def test_who_was_told_before_a_silence_hears_of_the_end_after_it():
    a_recipient()
    alert = an_alert()
    an_event(alert)
    rounds.decide(NOON)
    a_silence()
    an_event(alert, "released")
    rounds.decide(NOON + MINUTE)
    assert outcomes() == ["told", "silenced"]
    rounds.decide(NOON + HOUR)
    assert outcomes() == ["told", "told"]


def test_what_was_acknowledged_meanwhile_is_not_told_any_more():
    a_recipient()
    a_silence()
    alert = an_alert()
    an_event(alert)
    rounds.decide(NOON)
    an_event(alert, "acknowledged")
    rounds.decide(NOON + HOUR)
    assert outcomes(event__kind="engaged") == ["over"]
    assert Decision.objects.first().steps[-1] == "acknowledged meanwhile"


def test_outside_their_hours_it_waits_for_the_next_opening():
    a_recipient(hours="Mon-Fri 14:00-18:00", zone="Europe/Rome")
    an_event()
    rounds.decide(NOON)
    assert outcomes() == ["off_hours"]
    rounds.decide(NOON + HOUR)
    assert outcomes() == ["told"]


def test_a_cause_hides_its_symptoms_and_its_end_tells_them():
    a_recipient()
    scan = an_alert("syn_scan")
    failed = an_alert("connection_failed", family="flow")
    elsewhere = an_alert("connection_failed", client="2001:db8::7", attacker=None)
    an_event(failed), an_event(elsewhere)
    rounds.decide(NOON)
    assert outcomes() == ["inhibited", "told"]
    an_event(scan, "released")
    rounds.decide(NOON + MINUTE)
    assert outcomes(alert=failed) == ["told"]


def test_a_rule_that_is_switched_off_hides_nothing():
    InhibitionRule.objects.update(is_enabled=False)
    a_recipient()
    an_alert("syn_scan"), an_event(an_alert("connection_failed"))
    rounds.decide(NOON)
    assert outcomes() == ["told"]


def test_a_change_of_what_holds_back_is_seen_at_once():
    a_recipient()
    silence = a_silence(ends_at=NOON + DAY)
    an_event()
    rounds.decide(NOON)
    silence.delete()
    outbox.recheck_soon(NOON)
    rounds.decide(NOON)
    assert outcomes() == ["told"]


def test_a_silence_that_begins_while_a_digest_waits_holds_it_back():
    a_recipient(mode="digest", wait_seconds=60)
    an_event(), an_event(an_alert("syn_flood"))
    rounds.decide(NOON)
    a_silence(ends_at=NOON + 30 * MINUTE)
    rounds.decide(NOON + MINUTE)
    (message,) = waiting()
    assert [item["check"] for item in message.content["items"]] == ["syn_flood"]
    assert outcomes() == ["silenced", "told"]
    rounds.decide(NOON + 30 * MINUTE)
    rounds.decide(NOON + 40 * MINUTE)
    assert outcomes() == ["told", "told"]


def test_a_digest_that_is_due_outside_their_hours_waits_for_them():
    a_recipient(mode="digest", wait_seconds=600, hours="daily 10:00-12:05")
    an_event()
    rounds.decide(NOON)
    rounds.decide(NOON + 10 * MINUTE)
    assert outcomes() == ["off_hours"] and not waiting()
    rounds.decide(NOON + 22 * HOUR)
    rounds.decide(NOON + 22 * HOUR + 10 * MINUTE)
    assert len(waiting()) == 1
