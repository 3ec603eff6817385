from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from alerts import actions
from alerts.lifecycle import process_round
from alerts.models import Alert, CountedFlow
from tests.alerts.builders import NOON, a_flow, said

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def alert(interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(NOON)
    return Alert.objects.get()


def timeline(alert):
    rows = alert.events.values_list("kind", "user__username", "text")
    return [row for row in rows if row[0] != "engaged"]


def test_acknowledging_says_who_and_when_once(alert, cast):
    assert actions.acknowledge(cast["operator"], [alert.pk], LATER, "known")
    assert not actions.acknowledge(cast["admin"], [alert.pk], LATER)
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledged_at) == (cast["operator"], LATER)
    assert alert.is_engaged
    assert timeline(alert) == [("acknowledged", "operator", "known")]


def test_a_comment_stands_in_the_timeline(alert, cast):
    actions.comment(cast["operator"], [alert.pk], LATER, "  it is the printer \0")
    assert timeline(alert) == [("commented", "operator", "it is the printer")]
    assert [event.text for event in actions.comments(alert)] == ["it is the printer"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "no text"), ("   ", "no text"), ("x" * (actions.MAX_COMMENT + 1), "longer than")],
)
def test_a_comment_must_say_something_and_not_too_much(alert, cast, text, reason):
    with pytest.raises(ValueError, match=f"comment: .*{reason}"):
        actions.comment(cast["operator"], [alert.pk], LATER, text)


def test_the_longest_comment_is_taken(alert, cast):
    assert actions.comment(cast["operator"], [alert.pk], LATER, "x" * actions.MAX_COMMENT)


def test_releasing_ends_an_alert_once_and_the_next_finding_engages_anew(
    alert, cast, interface, put
):
    assert actions.release(cast["operator"], [alert.pk], LATER)
    assert not actions.release(cast["operator"], [alert.pk], LATER)
    alert.refresh_from_db()
    assert (alert.state, alert.released_at) == ("released", LATER)
    assert timeline(alert) == [("released", "operator", "Released by operator")]
    assert not CountedFlow.objects.exists()
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(LATER)
    assert Alert.objects.filter(state="engaged").exclude(pk=alert.pk).count() == 1


@pytest.mark.parametrize("who", ["viewer", "stranger", "nobody"])
@pytest.mark.parametrize(
    "act",
    [
        lambda user, pk: actions.acknowledge(user, [pk], LATER),
        lambda user, pk: actions.comment(user, [pk], LATER, "x"),
        lambda user, pk: actions.release(user, [pk], LATER),
    ],
)
def test_who_may_not_change_alerts_cannot_act(alert, cast, who, act):
    user = cast.get(who, AnonymousUser())
    with pytest.raises(PermissionDenied):
        act(user, alert.pk)
    alert.refresh_from_db()
    assert alert.is_engaged and not alert.is_acknowledged
    assert timeline(alert) == []


def test_an_alert_that_does_not_exist_is_no_error(cast):
    assert actions.acknowledge(cast["admin"], [12345], LATER) == []
