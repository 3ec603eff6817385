"""Parts become frames exactly once, with what was learned; before and after learning."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from checks.learning import fold, memory, parts
from checks.models import Learned, Learning, Part
from checks.runner import Active, Runner
from monitoring.models import Agent, Interface, LocalNetwork
from tests.checks.builders import the
from tests.checks.learning.builders import NOW, SIDES, arp, flow, flows, l2
from tests.checks.learning.test_segments import OTHER, OTHERS, OWNER, OWNERS, dhcp

pytestmark = pytest.mark.django_db
KEYS = (
    "lateral_movement", "server_ports_contacts", "rare_destination", "ip_reassignment",
    "arp_spoofing", "device_connection_disconnection",
)  # fmt: skip
RUNNER = Runner(Active(the(key), number, 50) for number, key in enumerate(KEYS, 1))
DAY = 86_400.0


@pytest.fixture(autouse=True)
def interface():
    LocalNetwork.objects.get_or_create(network="10.0.0.0/8")
    agent = Agent.objects.create(name="lab", token_hash="x")
    return Interface.objects.create(pk=1, agent=agent, name="eth0", kind="live")


def round_of(frame, table, now=NOW):
    """Leave a part, fold, and return {check: messages}."""
    with transaction.atomic(), connection.cursor() as cursor:
        parts.append(cursor, frame, table)
        made = fold.fold(now)
    told = {}
    for name, rows in made:
        for found in RUNNER.evaluate(name, rows).findings.iter_rows(named=True):
            told.setdefault(found["check"], []).append(found["message"])
    return told


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_what_is_new_after_learning_is_told_and_what_was_learned_is_not(
    client, server, remote, network
):
    ssh = {"application": "SSH", "server_port": 22}
    assert round_of("flow", flows(flow(client, server, **ssh))) == {}
    assert round_of("flow", flows(flow(client, server, **ssh, after=DAY))) == {}
    found = round_of(
        "flow", flows(flow(client, server, application="RDP", server_port=3389, after=DAY))
    )
    assert found["lateral_movement"] == [f"new contact: {client} uses RDP of {server}:3389"]
    assert found["server_ports_contacts"] == [
        f"new server port: {server} answers on TCP 3389 (RDP)"
    ]
    again = flow(client, server, application="RDP", server_port=3389, after=DAY + 3_700)
    assert round_of("flow", flows(again)) == {}


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_a_destination_is_rare_after_its_week(client, server, remote, network):
    known = {"server_name": "www.example.com"}
    assert round_of("flow", flows(flow(client, remote, **known))) == {}
    week = {"after": 8 * DAY}
    assert (
        round_of("flow", flows(flow(client, remote, server_name="api.example.com", **week))) == {}
    )
    found = round_of("flow", flows(flow(client, remote, server_name="c2.example.net", **week)))
    assert found == {"rare_destination": [f"new destination: {client} contacted example.net"]}


@pytest.mark.parametrize(("verdict", "count"), [("allowed", 0), ("denied", 1), ("", 1)])
def test_the_operator_has_the_last_word(verdict, count):
    round_of("flow", flows(flow("10.0.0.7", "10.0.0.9", application="SSH")))
    late = flow("10.0.0.7", "10.0.0.9", application="VNC", after=DAY)
    round_of("flow", flows(late))
    Learned.objects.filter(kind="service", name__contains="VNC").update(verdict=verdict)
    found = round_of("flow", flows(late | {"flow_id": 10**9}))
    assert len(found.get("lateral_movement", [])) == count


def test_a_part_is_folded_once_and_stays_for_the_window():
    round_of("flow", flows(flow("10.0.0.7", "10.0.0.9")))
    assert Part.objects.get().is_folded
    with transaction.atomic():
        assert [name for name, _ in fold.fold(NOW)] == ["device"]
    Part.objects.update(created_at=NOW)
    with transaction.atomic():
        fold.fold(NOW + timedelta(minutes=6))
    assert not Part.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_round_that_fails_takes_nothing():
    with connection.cursor() as cursor:
        parts.append(cursor, "flow", flows(flow("10.0.0.7", "10.0.0.9")))
    with pytest.raises(RuntimeError), transaction.atomic():
        fold.fold(NOW)
        raise RuntimeError
    assert not Part.objects.get().is_folded
    assert not Learned.objects.exists() and not Learning.objects.exists()


def test_an_address_that_moves_is_told_until_its_owner_has_left():
    assert round_of("l2", l2(arp("arp_reply", "10.0.0.1", OWNER))) == {}
    moved = arp("arp_request", "10.0.0.1", OTHER, after=30)
    found = round_of("l2", l2(moved))
    assert found["ip_reassignment"] == [f"10.0.0.1 moved from {OWNERS} to {OTHERS}"]
    assert Learned.objects.get(kind="binding").value == OWNERS
    Part.objects.all().delete()
    round_of("l2", l2(moved | {"time": NOW + timedelta(minutes=11)}))
    assert Learned.objects.get(kind="binding").value == OTHERS


def test_a_lease_moves_an_address_silently():
    round_of("l2", l2(arp("arp_reply", "10.0.0.20", OWNER)))
    moved = [dhcp(5, OTHER, "10.0.0.20"), arp("arp_request", "10.0.0.20", OTHER, after=1)]
    assert "ip_reassignment" not in round_of("l2", l2(*moved))
    assert Learned.objects.get(kind="binding", key="10.0.0.20|0").value == OTHERS


@pytest.mark.parametrize(("times", "fires"), [(4, False), (5, True)])
def test_who_repeats_a_claim_unasked_spoofs(times, fires):
    round_of("l2", l2(arp("arp_reply", "10.0.0.1", OWNER)))
    false = [arp("arp_reply", "10.0.0.1", OTHER, "10.0.0.7", after=n) for n in range(times)]
    assert ("arp_spoofing" in round_of("l2", l2(*false))) is fires


def test_a_device_is_new_after_learning_and_missed_when_it_was_allowed():
    assert round_of("l2", l2(arp("arp_request", "10.0.0.7", OWNER))) == {}
    found = round_of("l2", l2(arp("arp_request", "10.0.0.8", OTHER, after=DAY)))
    (message,) = found["device_connection_disconnection"]
    assert message == f"new device: {OTHERS} with address 10.0.0.8"
    Learned.objects.filter(kind="device", key__startswith=OWNERS).update(verdict="allowed")
    late = NOW + timedelta(days=2)
    found = round_of("l2", l2(arp("arp_request", "10.0.0.8", OTHER, after=2 * DAY)), late)
    assert found == {
        "device_connection_disconnection": [f"missed device: {OWNERS} with address 10.0.0.7"]
    }


def test_a_kind_is_bounded(monkeypatch):
    monkeypatch.setattr(memory, "MOST", 3)
    many = [flow("10.0.0.7", f"10.0.0.{n}", application="SSH") for n in range(10, 13)]
    round_of("flow", flows(*many))
    round_of("flow", flows(flow("10.0.0.7", "10.0.0.99", application="SSH")))
    assert Learned.objects.filter(kind="service").count() == 3


def test_what_was_not_seen_for_long_is_forgotten_unless_somebody_spoke():
    round_of("flow", flows(flow("10.0.0.7", "10.0.0.9", application="SSH", server_port=22)))
    Learned.objects.filter(kind="port").update(verdict="denied")
    assert memory.forget_old(NOW + timedelta(days=59)) == 0
    assert memory.forget_old(NOW + timedelta(days=61)) == 1
    assert Learned.objects.get().kind == "port"
