from datetime import timedelta

import pytest
from django.db import connection, transaction

from alerts import findings, folding
from alerts.lifecycle import backlog, process_round
from alerts.models import Alert, AlertEvent, CountedFlow, Finding, Watermark
from monitoring.models import Interface
from tests.alerts.builders import NOON, a_flow, a_host, said

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
SIDES = [("10.0.0.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::2")]


def kinds(alert):
    return list(alert.events.values_list("kind", flat=True))


@pytest.mark.parametrize(("client", "server"), SIDES)
def test_a_finding_becomes_an_engaged_alert_with_its_evidence(interface, put, client, server):
    values = '{"bytes": 5, "threshold": 3}'
    rows = [a_flow(client, server, interface_id=interface.pk)]
    put("flow", rows, [said(0, message="too much", values=values)])
    process_round(NOON)
    alert = Alert.objects.get()
    assert (alert.client, alert.server, alert.attacker, alert.victim) == (client, server) * 2
    assert (alert.check_key, alert.state, alert.severity) == ("blacklisted", "engaged", "error")
    assert (alert.message, alert.values) == ("too much", {"bytes": 5, "threshold": 3})
    assert alert.flows[0]["client"] == client
    assert (alert.first_seen, alert.last_seen, alert.engaged_at) == (NOON, NOON, NOON)
    assert kinds(alert) == ["engaged"]
    assert not Finding.objects.exists()


def test_a_flow_counts_once_over_all_its_events(interface, put):
    for event in ("detected", "update", "update", "end"):
        for flow_id in (1, 2):
            row = a_flow(flow_id=flow_id, event=event, interface_id=interface.pk)
            put("flow", [row], [said(0)])
        process_round(NOON)
    alert = Alert.objects.get()
    assert alert.count == 2
    assert kinds(alert) == ["engaged"]


def test_the_ends_of_counted_flows_are_known_so_that_they_can_be_forgotten(interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(NOON)
    assert CountedFlow.objects.get().ended_at is None
    put("flow", [a_flow(event="end", interface_id=interface.pk)], [said(0)])
    process_round(NOON + SECOND)
    assert CountedFlow.objects.get().ended_at == NOON + SECOND


def test_a_host_counts_its_observations(interface, put):
    for n in range(3):
        row = a_host(interface_id=interface.pk, time=NOON + 5 * n * SECOND)
        put("host", [row], [said(0, "syn_flood", attacker="host", victim="")])
    process_round(NOON)
    alert = Alert.objects.get()
    assert (alert.count, alert.last_seen) == (3, NOON + 10 * SECOND)
    assert not CountedFlow.objects.exists()


def test_an_alert_is_released_when_events_pass_its_cooldown_and_engages_anew(interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(NOON)
    for seconds in (299, 300):
        put("flow", [a_flow(interface_id=interface.pk, last_seen=NOON + seconds * SECOND)], [])
        process_round(NOON + timedelta(hours=1))
        assert Alert.objects.get().state == ("engaged" if seconds == 299 else "released")
    alert = Alert.objects.get()
    assert alert.released_at == NOON + timedelta(hours=1)
    assert kinds(alert) == ["engaged", "released"]
    assert not CountedFlow.objects.exists()
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(NOON + timedelta(hours=2), releasing=False)
    assert list(Alert.objects.order_by("id").values_list("state", "count")) == [
        ("released", 1),
        ("engaged", 1),
    ]


def test_a_silent_live_interface_keeps_its_alerts(interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(NOON)
    process_round(NOON + timedelta(days=1))
    assert Alert.objects.get().is_engaged


def test_a_replayed_capture_that_is_over_releases_its_alerts_after_the_cooldown(interface, put):
    Interface.objects.update(kind="pcap")
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(NOON)
    process_round(NOON + 299 * SECOND)
    assert Alert.objects.get().is_engaged
    process_round(NOON + 300 * SECOND)
    assert not Alert.objects.get().is_engaged


def test_time_never_goes_back(interface, put):
    for moment in (NOON, NOON - 60 * SECOND):
        put("flow", [a_flow(interface_id=interface.pk, last_seen=moment)], [])
    process_round(NOON)
    put("flow", [a_flow(interface_id=interface.pk, last_seen=NOON - 90 * SECOND)], [])
    process_round(NOON + SECOND)
    mark = Watermark.objects.get()
    assert (mark.event_time, mark.heard_at) == (NOON, NOON + SECOND)


def test_an_event_of_the_future_does_not_release_what_is_now(interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    put("flow", [a_flow(interface_id=interface.pk, last_seen=NOON + timedelta(days=1))], [])
    process_round(NOON)
    assert Watermark.objects.get().event_time == NOON
    process_round(NOON + 60 * SECOND)
    assert Alert.objects.get().is_engaged


def test_a_system_finding_repeats_and_is_released_by_the_clock(db):
    for _ in range(2):
        findings.report("check_quarantined", "flow_flood", "it failed", {}, cooldown=60, now=NOON)
        process_round(NOON)
    assert Alert.objects.get().count == 2
    process_round(NOON + 60 * SECOND)
    assert not Alert.objects.get().is_engaged


def test_a_finding_of_an_interface_that_is_gone_is_dropped(interface, put):
    put("flow", [a_flow(interface_id=interface.pk + 1)], [said(0)])
    assert process_round(NOON).claimed == 2
    assert not Alert.objects.exists() and not Finding.objects.exists()


def test_deleting_an_interface_deletes_its_alerts(interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    process_round(NOON)
    interface.delete()
    assert not Alert.objects.exists() and not AlertEvent.objects.exists()
    assert not CountedFlow.objects.exists()


def test_escalation_is_an_event(interface, put):
    for score in (100, 200):
        put("flow", [a_flow(interface_id=interface.pk)], [said(0, score=score, message="worse")])
        process_round(NOON)
    alert = Alert.objects.get()
    assert (alert.severity, alert.message) == ("critical", "worse")
    assert kinds(alert) == ["engaged", "escalated"]


def test_a_finding_that_cannot_be_folded_is_set_aside_and_alerted(interface, put):
    rows = [a_flow(flow_id=n, interface_id=interface.pk) for n in range(1, 6)]
    put("flow", rows, [said(n, identity=str(n)) for n in range(5)])
    Finding.objects.filter(identity="3").update(flows={"no": "list"})
    while process_round(NOON).did_work:
        pass
    assert Alert.objects.filter(family="flow").count() == 4
    failed = Finding.objects.get()
    assert (failed.identity, failed.status) == ("3", "failed")
    assert failed.error
    assert Alert.objects.get(family="system").check_key == "finding_failed"


def test_two_thousand_findings_are_claimed_at_once_and_the_rest_later(interface, put):
    rows = [a_flow(flow_id=n, interface_id=interface.pk) for n in range(1, 3001)]
    put("flow", rows, [said(n, identity=str(n)) for n in range(3000)])
    assert [process_round(NOON).claimed for _ in range(3)] == [2000, 1001, 0]
    assert Alert.objects.count() == 3000


def test_the_backlog_is_counted(interface, put):
    assert backlog(NOON) == (0, 0.0)
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    created = Finding.objects.first().created_at
    assert backlog(created + 12 * SECOND) == (2, 12.0)


@pytest.mark.django_db(transaction=True)
def test_only_one_process_folds_at_a_time(interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
    other = connection.copy()
    try:
        with transaction.atomic():
            folding.lock(wait=True)
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [folding.LOCK])
                assert cursor.fetchone() == (False,)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [folding.LOCK])
        assert process_round(NOON) is None
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [folding.LOCK])
    finally:
        other.close()
    assert process_round(NOON).claimed == 2
