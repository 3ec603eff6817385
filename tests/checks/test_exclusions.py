"""What an exclusion hides, and what it never does."""

from __future__ import annotations

from datetime import UTC, datetime, time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.base import FlowBit, FlowCheck, HostCheck
from checks.exclusions import Criteria, Exclusion, ExclusionError, Exclusions
from checks.kinds import HostWindowCheck, PairCheck
from checks.runner import Active, Runner
from tests.checks.builders import a_flow, a_host, rows, the

LATE = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
PAIR = [("10.0.0.7", "198.51.100.9"), ("2001:db8::7", "2001:db8:f::9")]


class Any_(FlowCheck):
    key, title, score = "any", "Any", 10

    def when(self):
        return pl.lit(True)

    def message(self):
        return pl.lit("x")


class Other(Any_):
    key, title, score = "other", "Other", 20


class OfHosts(HostCheck):
    key, title = "of_hosts", "Hosts"
    when, message = Any_.when, Any_.message


def evaluate(criteria, *changes, checks=(Any_, Other), frame="flow"):
    active = [Active(kind(), number, kind.score) for number, kind in enumerate(checks, 1)]
    exclusions = Exclusions(Exclusion(n, each) for n, each in enumerate(criteria, 1))
    return Runner(active, exclusions).evaluate(frame, rows(frame, *changes))


def left(criteria, *changes, **kwargs):
    """Return (row, check) of the findings that are not hidden."""
    found = evaluate([criteria], *changes, **kwargs).findings
    return sorted(found.select("row", "check").iter_rows())


ASKED = [
    (Criteria(client="10.0.0.7"), {}, {"client": "10.0.0.8"}),
    (Criteria(client="2001:db8::7"), {"client": "2001:db8::7"}, {}),
    (Criteria(server="198.51.100.9"), {}, {"server": "2001:db8:f::9"}),
    (Criteria(host="198.51.100.9"), {}, {"server": "198.51.100.8"}),
    (Criteria(host="2001:db8::7"), {"client": "2001:db8::7"}, {"client": "2001:db8::8"}),
    (Criteria(network="10.0.0.0/24"), {}, {"client": "10.0.1.7"}),
    (Criteria(network="2001:db8::/64"), {"server": "2001:db8::1"}, {"server": "2001:db8:0:1::1"}),
    (Criteria(port=443), {}, {"server_port": 444}),
    (Criteria(application="DNS"), {"application": "DNS.Google"}, {"application": "DNSCrypt"}),
    (Criteria(domain="example.com"), {"server_name": "WWW.Example.com"},
     {"server_name": "notexample.com"}),
    (Criteria(domain="example.com"), {"dns_query": "example.com"}, {"dns_query": None}),
    (Criteria(certificate="AB:CD"), {"tls_sha1": "abcd"}, {"tls_sha1": "abce"}),
    (Criteria(certificate="GoDaddy"), {"tls_issuer_dn": "O=GoDaddy, C=US"},
     {"tls_issuer_dn": "O=Other"}),
    (Criteria(interface_id=3), {"interface_id": 3}, {"interface_id": 4}),
    (Criteria(hours_from=time(22), hours_until=time(6), zone="UTC"), {"last_seen": LATE},
     {"last_seen": LATE.replace(hour=6, minute=0)}),
    (Criteria(hours_from=time(0), hours_until=time(1), zone="Europe/Berlin"), {"last_seen": LATE},
     {"last_seen": LATE.replace(hour=22)}),
    (Criteria(condition="bytes_to_server > 5"), {"bytes_to_server": 6}, {"bytes_to_server": 5}),
]  # fmt: skip


@pytest.mark.parametrize(("criteria", "hidden", "shown"), ASKED, ids=lambda c: str(c)[:40])
def test_each_criterion_hides_what_it_names_and_not_what_lies_beside(criteria, hidden, shown):
    found = left(criteria, a_flow(**hidden), a_flow(**shown))
    assert found == [(1, "any"), (1, "other")]


def test_it_may_be_about_one_check():
    assert left(Criteria(check_key="any", client="10.0.0.7"), a_flow()) == [(0, "other")]


def test_what_is_hidden_is_told_apart_and_counts_in_no_score():
    found = evaluate([Criteria(check_key="any"), Criteria(port=1), Criteria(port=443)], a_flow())
    assert found.excluded.to_dicts() == [
        {"row": 0, "check": "any", "check_id": 1, "exclusion": 1},
        {"row": 0, "check": "other", "check_id": 2, "exclusion": 3},
    ]
    assert (found.scores.to_list(), found.checks.to_list()) == ([0], [[]])


def test_a_criterion_that_a_frame_cannot_be_asked_hides_nothing_of_it():
    for criteria in (Criteria(client="10.0.0.7"), Criteria(port=443), Criteria(condition="l4 = 6")):
        assert left(criteria, a_host(), checks=[OfHosts], frame="host") == [(0, "of_hosts")]
    assert left(Criteria(host="10.0.0.7"), a_host(), checks=[OfHosts], frame="host") == []
    both = Criteria(host="2001:db8::7", condition="syn_sent = 0", frame="host")
    assert left(both, a_host("2001:db8::7"), checks=[OfHosts], frame="host") == []


class OfPairs(PairCheck):
    key, title = "of_pairs", "Pairs"
    when, message = Any_.when, Any_.message


class OfWindows(HostWindowCheck):
    key, title = "of_windows", "Windows"
    when, message = Any_.when, Any_.message


A_PAIR = {"client": "10.0.0.7", "server": "2001:db8:f::9", "server_port": 443, "vlan": 0}


@pytest.mark.parametrize(("criteria", "beside"), [
    (Criteria(client="10.0.0.7"), {"client": "10.0.0.8"}),
    (Criteria(server="2001:DB8:F::9"), {"server": "10.0.0.7"}),
    (Criteria(host="2001:db8:f:0::9"), {"server": "2001:db8:f::8"}),
    (Criteria(network="10.0.0.0/24"), {"client": "10.0.1.7"}),
    (Criteria(network="2001:db8:f::/48"), {"server": "2001:db8:e::9"}),
    (Criteria(port=443), {"server_port": 444}),
])  # fmt: skip
def test_addresses_as_text_are_asked_as_well(criteria, beside):
    said = [A_PAIR, A_PAIR | beside]
    assert left(criteria, *said, checks=[OfPairs], frame="pair_window") == [(1, "of_pairs")]


@pytest.mark.parametrize("criteria", [Criteria(host="10.0.0.7"), Criteria(network="10.0.0.7/32")])
def test_a_host_of_a_window_is_excluded(criteria):
    said = [{"address": address} for address in ("10.0.0.7", "10.0.0.8", "", "2001:db8::7")]
    found = left(criteria, *said, checks=[OfWindows], frame="host_window")
    assert [row for row, _ in found] == [1, 2, 3]


def test_checks_of_one_bit_are_hidden_as_any_other():
    bit = the("tls_certificate_selfsigned")
    assert isinstance(bit, FlowBit)
    table = rows("flow", a_flow(risk=1 << bit.bit), a_flow(server_port=8443, risk=1 << bit.bit))
    runner = Runner([Active(bit, 1, 50)], Exclusions([Exclusion(1, Criteria(port=443))]))
    assert runner.evaluate("flow", table).findings["row"].to_list() == [1]


def test_a_condition_that_became_wrong_hides_nothing_and_is_named():
    found = evaluate([Criteria(condition="gone = 1"), Criteria(port=1)], a_flow())
    assert found.findings.height == 2
    assert found.failures == [("exclusion:1", "'gone' is no column of the flow frame")]


@pytest.mark.parametrize(("criteria", "field", "reason"), [
    (Criteria(), "check_key", "at least one criterion"),
    (Criteria(zone="UTC", frame="flow"), "check_key", "at least one criterion"),
    (Criteria(hours_from=time(1)), "hours_until", "both ends"),
    (Criteria(hours_from=time(1), hours_until=time(2), zone="Mars/X"), "zone", "no time zone"),
    (Criteria(condition="foo = 1"), "condition", "at character 1: “foo”"),
    (Criteria(condition="l4 = 1", frame="foo"), "frame", "there is no frame 'foo'"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_naming_the_field(criteria, field, reason):
    with pytest.raises(ExclusionError, match=reason) as caught:
        criteria.validate()
    assert caught.value.field == field


_ADDRESSES = st.sampled_from(["10.0.0.7", "10.0.0.8", "198.51.100.9", "2001:db8::7", "2001:db8::8"])
_CRITERIA = st.builds(
    Criteria,
    check_key=st.sampled_from([None, "any", "other"]),
    client=st.none() | _ADDRESSES,
    host=st.none() | _ADDRESSES,
    network=st.sampled_from([None, None, "10.0.0.0/31", "2001:db8::/127"]),
    port=st.sampled_from([None, None, 443, 53]),
    application=st.sampled_from([None, "TLS", "DNS"]),
    domain=st.sampled_from([None, None, "example.com"]),
    interface_id=st.sampled_from([None, 1]),
)
_FLOWS = st.builds(
    a_flow,
    client=_ADDRESSES,
    server=_ADDRESSES,
    server_port=st.sampled_from([443, 53]),
    application=st.sampled_from(["TLS", "DNS.Google"]),
    server_name=st.sampled_from([None, "www.example.com", "example.org"]),
    interface_id=st.sampled_from([1, 2]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_CRITERIA, min_size=1, max_size=3), st.lists(_FLOWS, min_size=1, max_size=5))
def test_an_exclusion_for_a_never_hides_b(criteria, flows):
    """A finding is hidden if, and only if, some exclusion's every criterion names it."""
    expected = [
        (row, key)
        for row, flow in enumerate(rows("flow", *flows).to_dicts())
        for key in ("any", "other")
        if not any(names(each, key, flow) for each in criteria)
    ]
    found = evaluate(criteria, *flows)
    assert sorted(found.findings.select("row", "check").iter_rows()) == expected
    assert found.findings.height + found.excluded.height == 2 * len(flows)


def names(criteria, key, flow):
    """Say by plain Python whether the criteria name a flow's finding; asking nothing names none."""
    from ipaddress import ip_address, ip_network

    from capture_agent.schema import unpack

    client, server = (unpack(flow[f"{s}_high"], flow[f"{s}_low"]) for s in ("client", "server"))
    name = flow["server_name"] or ""
    tests = {
        "check_key": lambda v: v == key,
        "client": lambda v: ip_address(v) == client,
        "host": lambda v: ip_address(v) in (client, server),
        "network": lambda v: any(a in ip_network(v) for a in (client, server)),
        "port": lambda v: v == flow["server_port"],
        "application": lambda v: flow["application"].split(".")[0] == v,
        "domain": lambda v: name == v or name.endswith(f".{v}"),
        "interface_id": lambda v: v == flow["interface_id"],
    }
    return all(test(v) for n, test in tests.items() if (v := getattr(criteria, n)) is not None)
