import json
from datetime import timedelta

import polars as pl
import pytest
from django.db import connection, transaction

from alerts import findings
from alerts.models import Finding
from tests.alerts.builders import NOON, a_flow, a_host, evaluation, said, table

MINUTE = timedelta(minutes=1)
SIDES = [("10.0.0.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::2")]


def folded(frame, rows, told, **how):
    """Return the findings of the queue, and the rows of progress."""
    seen = findings.aggregate(frame, table(frame, rows), evaluation(len(rows), told), **how)
    is_progress = seen["family"] == findings.PROGRESS
    return seen.filter(~is_progress).to_dicts(), seen.filter(is_progress).to_dicts()


@pytest.mark.parametrize(("client", "server"), SIDES)
def test_flows_that_are_the_same_thing_are_one_finding(client, server):
    rows = [
        a_flow(client, server, flow_id=1, first_seen=NOON, last_seen=NOON),
        a_flow(client, server, flow_id=2, first_seen=NOON - MINUTE, last_seen=NOON + MINUTE),
    ]
    (found,), _ = folded("flow", rows, [said(0), said(1, score=200, message="worse")])
    assert (found["count"], sorted(found["flow_ids"])) == (2, [1, 2])
    assert (found["first_seen"], found["last_seen"]) == (NOON - MINUTE, NOON + MINUTE)
    assert (found["score"], found["severity"], found["message"]) == (200, "critical", "worse")
    assert (found["client"], found["server"]) == (client, server)
    assert (found["attacker"], found["victim"]) == (client, server)


@pytest.mark.parametrize(
    ("client", "server", "entity"),
    [
        (*SIDES[0], "10.0.0.1:51514 → 192.0.2.1:443"),
        (*SIDES[1], "[2001:db8::1]:51514 → [2001:db8::2]:443"),
    ],
)
def test_a_flow_is_named_by_its_two_ends(client, server, entity):
    (found,), _ = folded("flow", [a_flow(client, server)], [said(0)])
    assert found["entity"] == entity


def test_a_protocol_without_ports_is_named_without():
    (found,), _ = folded("flow", [a_flow(client_port=0, server_port=0, l4=1)], [said(0)])
    assert found["entity"] == "10.0.0.1 → 192.0.2.1"


def test_a_flow_with_two_rows_in_a_batch_counts_once_and_is_known_to_have_ended():
    rows = [a_flow(flow_id=5), a_flow(flow_id=5, event="end"), a_flow(flow_id=6)]
    (found,), _ = folded("flow", rows, [said(0), said(1), said(2)])
    assert (found["count"], sorted(found["flow_ids"]), found["ended_ids"]) == (2, [5, 6], [5])


def test_other_checks_identities_and_interfaces_are_apart():
    rows = [a_flow(), a_flow(flow_id=2, interface_id=2)]
    told = [said(0), said(0, check_id=8), said(0, identity="other"), said(1)]
    found, _ = folded("flow", rows, told)
    assert len(found) == 4


def test_at_most_five_flows_are_kept_each_with_its_issues_worst_first():
    rows = [a_flow(flow_id=n, application="TLS") for n in range(9)]
    told = [said(n) for n in range(9)]
    told.append(said(0, check="elephant_flows", check_id=9, score=120, identity="x"))
    found, _ = folded("flow", rows, told)
    flows = json.loads(next(f for f in found if f["check"] == "blacklisted")["flows"])
    assert [flow["flow_id"] for flow in flows] == [0, 1, 2, 3, 4]
    assert flows[0]["score"] == 220
    assert [issue["check"] for issue in flows[0]["issues"]] == ["elephant_flows", "blacklisted"]
    assert flows[1]["issues"] == [{"check": "blacklisted", "score": 100}]
    assert flows[0]["first_seen"].startswith("2026-11-24T12:00:00")


@pytest.mark.parametrize("address", ["10.0.0.9", "2001:db8::9"])
def test_an_attacking_host_stands_as_client_and_a_victim_as_server(address):
    rows = [a_host(address), a_host(address, vlan=5)]
    told = [
        said(0, "syn_flood", attacker="host", victim=""),
        said(1, "syn_flood", attacker="", victim="host", identity="v"),
    ]
    (attacker, victim), _ = folded("host", rows, told)
    assert (attacker["client"], attacker["server"], attacker["attacker"]) == (
        address,
        None,
        address,
    )
    assert (victim["client"], victim["server"], victim["victim"]) == (None, address, address)
    assert (attacker["entity"], victim["entity"]) == (address, f"{address}@5")
    assert (attacker["family"], attacker["count"], attacker["flow_ids"]) == ("host", 1, [])


def test_the_family_and_the_attack_are_the_checks():
    (found,), _ = folded("host", [a_host()], [said(0, "syn_flood", attacker="host")])
    assert (found["family"], found["attack"]) == ("host", "T1498.001")


def test_every_batch_says_how_far_its_events_reached_even_without_findings():
    rows = [a_flow(last_seen=NOON), a_flow(last_seen=NOON + MINUTE), a_flow(interface_id=2)]
    found, progress = folded("flow", rows, [])
    assert found == []
    reached = {row["interface_id"]: row["last_seen"] for row in progress}
    assert reached == {1: NOON + MINUTE, 2: NOON}


def test_a_frame_run_by_the_clock_needs_the_time_and_says_no_progress():
    rows = [{"interface_id": 3, "name": "eth0"}]
    told = [said(0, "no_if_activity", attacker="", victim="")]
    with pytest.raises(ValueError, match="now"):
        folded("interface_status", rows, told)
    (found,), progress = folded("interface_status", rows, told, now=NOON)
    assert (found["entity"], found["last_seen"], progress) == ("eth0", NOON, [])
    assert found["family"] == "interface"


def test_an_overlong_identity_is_cut_so_that_it_can_be_indexed():
    (found,), _ = folded("flow", [a_flow()], [said(0, identity="é" * 4000)])
    assert len(found["identity"].encode()) <= 2000


@pytest.mark.django_db
def test_findings_are_stored_as_they_are_told():
    odd = 'a "quoted"; \\N, line\nbreak and \0 NUL'
    rows = [a_flow(server_name="x\0y"), a_flow(flow_id=2)]
    values = json.dumps({"text": "a\0b", "kept": "\\u0000", "number": 3})
    told = [said(0, message=odd, values=values), said(1)]
    seen = findings.aggregate("flow", table("flow", rows), evaluation(2, told))
    with transaction.atomic(), connection.cursor() as cursor:
        assert findings.write(cursor, seen) == 1
    stored = Finding.objects.exclude(family=findings.PROGRESS).get()
    assert stored.message == odd.replace("\0", "")
    assert stored.values == {"text": "ab", "kept": "\\u0000", "number": 3}
    assert sorted(stored.flow_ids) == [1, 2]
    assert stored.flows[0]["server_name"] == "xy"
    assert (stored.client, stored.first_seen) == ("10.0.0.1", NOON)
    assert Finding.objects.filter(family=findings.PROGRESS).count() == 1


@pytest.mark.django_db
def test_an_empty_table_writes_nothing():
    with connection.cursor() as cursor:
        assert findings.write(cursor, findings.FINDINGS.to_frame()) == 0
    assert not Finding.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_system_finding_is_about_a_part_of_the_platform():
    findings.report("check_quarantined", "flow_flood", "it failed", {"error": "division"}, now=NOON)
    stored = Finding.objects.get()
    assert (stored.family, stored.entity, stored.severity) == ("system", "flow_flood", "error")
    assert (stored.interface_id, stored.values, stored.last_seen) == (
        None,
        {"error": "division"},
        NOON,
    )


def test_a_csv_has_a_line_for_each_finding():
    seen = pl.concat([findings.system("a", "b", "c", {}, now=NOON)] * 3)
    assert findings.to_csv(seen).count(b"\n") == 3


@pytest.mark.parametrize(
    ("address", "name", "entity", "client"),
    [
        ("10.0.0.9", "10.0.0.9", "10.0.0.9", "10.0.0.9"),
        ("2001:db8::9", "2001:db8::9", "2001:db8::9", "2001:db8::9"),
        (None, "eth0", "eth0", None),
        ("", "eth0", "eth0", None),
        (None, None, "interface 1", None),
    ],
)
def test_what_has_no_address_is_about_its_name(address, name, entity, client):
    rows = table("band", [{"interface_id": 1, "address": address, "name": name}])
    told = evaluation(1, [said(0, "traffic_behavior", attacker="host", victim="")])
    found = findings.aggregate("band", rows, told, NOON)
    one = found.filter(pl.col("family") != findings.PROGRESS).row(0, named=True)
    assert (one["entity"], one["client"]) == (entity, client)
