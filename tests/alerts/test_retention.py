from datetime import timedelta

import pytest

from alerts import retention
from alerts.lifecycle import process_round
from alerts.models import Alert, AlertEvent, CountedFlow, Finding
from alerts.tasks import delete_old_alerts, forget_ended_flows
from tests.alerts.builders import NOON, a_flow, said

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("seconds", "left"), [(599, 2), (600, 2), (601, 1)])
def test_flows_are_forgotten_some_minutes_after_their_end(interface, put, seconds, left):
    rows = [a_flow(interface_id=interface.pk, flow_id=n) for n in (1, 2)]
    rows[0]["event"] = "end"
    put("flow", rows, [said(0), said(1)])
    process_round(NOON)
    assert retention.forget_ended_flows(NOON + seconds * SECOND) == 2 - left
    assert CountedFlow.objects.count() == left


@pytest.mark.parametrize(
    ("state", "days", "left"), [("released", 29, 1), ("released", 31, 0), ("engaged", 31, 1)]
)
def test_alerts_are_kept_while_engaged_and_some_weeks_after(interface, put, state, days, left):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(NOON)
    Alert.objects.update(state=state, released_at=NOON)
    assert retention.delete_old(NOON + timedelta(days=days)) == 1 - left
    assert Alert.objects.count() == AlertEvent.objects.count() == left


def test_findings_set_aside_do_not_stay_for_ever(interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    Finding.objects.update(status="failed", created_at=NOON)
    retention.delete_old(NOON + timedelta(days=31))
    assert not Finding.objects.exists()


def test_the_tasks_run_them(db):
    assert forget_ended_flows() == delete_old_alerts() == 0
