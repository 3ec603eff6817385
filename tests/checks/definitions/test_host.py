# ruff: noqa: E501 -- a case is a row, and reads as one
"""Each host check at its limit and one over, as attacker and as victim, for IPv4 and IPv6."""

from __future__ import annotations

import pytest

from checks.registry import discover
from tests.checks.builders import HOSTS, a_host, run, the

#: check, column as attacker, column as victim, limit
FLOODS = [
    ("syn_flood", "syn_sent_per_second", "syn_received_per_second", 256),
    ("flow_flood", "new_flows_per_second", "new_flows_received_per_second", 256),
    ("dns_flood", "dns_sent_per_second", "dns_received_per_second", 750),
    ("icmp_flood", "icmp_sent_per_second", "icmp_received_per_second", 250),
    ("snmp_flood", "snmp_sent_per_second", "snmp_received_per_second", 750),
    ("rst_scan", "rst_sent_per_second", "rst_received_per_second", 256),
    ("syn_scan", "syn_sent", "syn_received", 256),
    ("fin_scan", "fin_sent", "fin_received", 256),
    ("scan_detection", "unanswered", "unanswered_received", 32),
    ("scan_detection", "failed", "failed_received", 32),
]
SIDES = [(0, "attacker"), (1, "victim")]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("side", "role"), SIDES)
@pytest.mark.parametrize(("key", "sent", "received", "limit"), FLOODS)
def test_it_fires_over_its_limit_on_either_side(key, sent, received, limit, side, role, host):
    column = (sent, received)[side]
    found = run(the(key), a_host(host, **{column: limit}), a_host(host, **{column: limit + 1}))
    assert [entry["row"] for entry in found] == [1]
    assert found[0]["identity"] == f"{host}|0|{role}"
    assert {entry: found[0][entry] for entry in ("attacker", "victim")} == {
        "attacker": "host" if role == "attacker" else "",
        "victim": "host" if role == "victim" else "",
    }
    assert found[0]["message"].startswith(f"{host} {('sent', 'received')[side]} {limit + 1} ")


@pytest.mark.parametrize("key", sorted({key for key, *_ in FLOODS}))
def test_the_limit_is_a_parameter_and_the_check_is_off_as_in_ntopng(key):
    assert not discover()[key].default_enabled
    check, (_, sent, _, _) = the(key, threshold=5), next(f for f in FLOODS if f[0] == key)
    assert [entry["row"] for entry in run(check, a_host(**{sent: 5}), a_host(**{sent: 6}))] == [1]


#: check, per side: what came to nothing and what was tried, distinct peers or ports, limit
SLOW = [
    ("scan_detection", ("unanswered", "unanswered_received"), ("new_flows", "new_flows_received"), 32),
    ("syn_scan", ("syn_sent", "syn_received"), ("syn_sent", "syn_received"), 256),
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("side", "role"), SIDES)
@pytest.mark.parametrize("spread", ["peers", "ports"])
@pytest.mark.parametrize(("key", "failed", "tried", "limit"), SLOW)
def test_a_slow_scan_shows_in_the_minutes_spread(
    key, failed, tried, limit, spread, side, role, host
):
    column = f"{spread}{('', '_received')[side]}_60s"
    trying = {tried[side]: 3, failed[side]: 3}
    found = run(
        the(key),
        a_host(host, **trying, **{column: limit}),
        a_host(host, **trying, **{column: limit + 1}),
        a_host(host, **{column: limit + 1}),
    )
    assert [(entry["row"], entry["identity"]) for entry in found] == [(1, f"{host}|0|{role}")]


@pytest.mark.parametrize("host", HOSTS)
def test_a_busy_host_whose_contacts_mostly_answer_is_no_scanner(host):
    busy = {"peers_60s": 500, "ports_60s": 500, "new_flows": 40, "syn_sent": 40}
    quiet = {"unanswered": 19, "syn_ack_received": 21}
    assert run(the("scan_detection"), a_host(host, **busy, **quiet)) == []
    assert run(the("syn_scan"), a_host(host, **busy, **quiet)) == []
    assert len(run(the("scan_detection"), a_host(host, **busy, unanswered=20))) == 1
    assert len(run(the("syn_scan"), a_host(host, **busy, syn_ack_received=20))) == 1


def test_answers_are_taken_off():
    accepted = a_host(syn_sent=1_000, syn_ack_received=744, syn_received=0)
    assert run(the("syn_scan"), accepted) == []
    assert len(run(the("syn_scan"), accepted | {"syn_ack_received": 743})) == 1
    closed = a_host(fin_sent=1_000, fin_received=744)
    assert run(the("fin_scan"), closed) == []
    assert len(run(the("fin_scan"), closed | {"fin_received": 743})) == 1


#: check, columns that do not fire, columns that do
OTHERS = [
    ("score_threshold", {"score": 5_000}, {"score": 5_001}),
    ("dangerous_host", {"score": 1_000}, {"score": 1_001}),
    ("host_black_hole_contacts", {"peers_60s": 64, "unanswered": 10, "new_flows": 10}, {"peers_60s": 65, "unanswered": 10, "new_flows": 10}),
    ("host_black_hole_contacts", {"peers_60s": 99, "unanswered": 9, "new_flows": 9}, {"peers_60s": 99, "unanswered": 10, "new_flows": 2}),
    ("host_black_hole_contacts", {"peers_60s": 99, "unanswered": 79, "new_flows": 100}, {"peers_60s": 99, "unanswered": 80, "new_flows": 100}),
    ("local_host_blacklisted", {"list": None}, {"list": "Feodo"}),
    ("local_host_blacklisted", {"list": "Feodo", "is_local": False}, {"list": "Feodo"}),
    ("rx_only_host_scan", {"packets_sent": 0, "ports_received_60s": 32}, {"packets_sent": 0, "ports_received_60s": 33}),
    ("rx_only_host_scan", {"packets_sent": 1, "peers_received_60s": 33}, {"packets_sent": 0, "peers_received_60s": 33}),
    ("rx_only_host_scan", {"packets_sent": 0, "peers_received_60s": 33, "is_local": False}, {"packets_sent": 0, "peers_received_60s": 33}),
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("key", "below", "above"), OTHERS)
def test_it_fires_over_its_limit(key, below, above, host):
    (found,) = run(the(key), a_host(host, **below), a_host(host, vlan=5, **above))
    assert (found["row"], found["identity"]) == (1, f"{host}|5")
    assert host in found["message"]
    roles = ("", "host") if key == "rx_only_host_scan" else ("host", "")
    assert (found["attacker"], found["victim"]) == roles


@pytest.mark.parametrize(("ranges", "inside", "outside"), [
    (["10.0.0.0/25"], "10.0.0.127", "10.0.0.128"),
    (["2001:db8::/64", "10.0.0.0/24"], "2001:db8::ffff", "2001:db8:0:1::1"),
])  # fmt: skip
def test_an_address_outside_the_ranges(ranges, inside, outside):
    check = the("ip_outside_dhcp_range", ranges=ranges)
    silent = a_host(outside, packets_sent=0)
    found = run(check, a_host(inside), a_host("fe80::1"), silent, a_host(outside))
    assert [entry["row"] for entry in found] == [3]
    assert run(the("ip_outside_dhcp_range"), a_host(outside)) == []
