"""Variants of a check by scope: which holds for a row, and what it inherits."""

from __future__ import annotations

import pytest

from checks.overrides import Given, variants
from checks.runner import Active, Runner
from checks.scopes import Scope
from tests.checks.builders import a_flow, a_host, rows, the

HOSTS = [
    a_host("10.0.0.7", syn_sent_per_second=300, interface_id=1),
    a_host("10.1.0.7", syn_sent_per_second=300, interface_id=1),
    a_host("10.1.2.7", syn_sent_per_second=300, interface_id=1),
    a_host("2001:db8::7", syn_sent_per_second=300, interface_id=2),
    a_host("2001:db8::8", syn_sent_per_second=300, interface_id=2, pool=9),
]


def fired(given, *changes, check="syn_flood", frame="host", is_enabled=True, **parameters):
    """Return (row, score) of what the check's variants find."""
    base = Active(the(check, **parameters), 1, 50)
    found, refused = variants(base, is_enabled, parameters, given)
    assert not refused
    findings = Runner(found).evaluate(frame, rows(frame, *changes)).findings
    return sorted(findings.select("row", "score").iter_rows())


def an_override(scope, number=1, is_enabled=None, score=None, **parameters):
    return Given(number, scope, is_enabled, parameters, score)


@pytest.mark.parametrize(("scope", "rows_in_it"), [
    (Scope(network="10.1.0.0/16"), {1, 2}),
    (Scope(network="2001:db8::/32"), {3, 4}),
    (Scope(interface=2), {3, 4}),
    (Scope(pool=9), {4}),
])  # fmt: skip
def test_an_override_holds_in_its_scope_and_nowhere_else(scope, rows_in_it):
    off = fired([an_override(scope, is_enabled=False)], *HOSTS)
    assert {row for row, _ in off} == {0, 1, 2, 3, 4} - rows_in_it
    other = fired([an_override(scope, score=7)], *HOSTS)
    assert {row for row, score in other if score == 7} == rows_in_it and len(other) == 5
    higher = fired([an_override(scope, threshold=301)], *HOSTS)
    assert {row for row, _ in higher} == {0, 1, 2, 3, 4} - rows_in_it


def test_only_there_where_the_check_is_off_elsewhere():
    on = [an_override(Scope(network="10.1.0.0/16"), is_enabled=True)]
    assert {row for row, _ in fired(on, *HOSTS, is_enabled=False)} == {1, 2}
    assert fired([an_override(Scope(pool=9))], *HOSTS, is_enabled=False) == []


def test_a_pool_counts_over_a_network_a_narrow_one_over_a_wide_one_over_the_interface():
    given = [
        an_override(Scope(interface=1), 1, score=1),
        an_override(Scope(network="10.0.0.0/8"), 2, score=2),
        an_override(Scope(network="10.1.2.0/24"), 3, score=3),
        an_override(Scope(network="2001:db8::/32"), 4, score=4),
        an_override(Scope(pool=9), 5, score=5),
    ]
    assert fired(given, *HOSTS) == [(0, 2), (1, 2), (2, 3), (3, 4), (4, 5)]


def test_what_an_override_does_not_set_is_inherited():
    given = [an_override(Scope(network="10.0.0.0/8"), score=9)]
    assert fired(given, *HOSTS[:1], threshold=301) == []
    assert fired(given, *HOSTS[:1], threshold=299) == [(0, 9)]


def test_a_flow_is_in_the_scope_of_either_end():
    given = [an_override(Scope(network="2001:db8:f::/48"), score=9)]
    flows = [a_flow(risk=1 << 6), a_flow("2001:db8::1", "2001:db8:f::9", risk=1 << 6)]
    found = fired(given, *flows, check="tls_certificate_selfsigned", frame="flow")
    assert found == [(0, 50), (1, 9)]


def test_a_network_is_a_scope_of_addresses_as_text_too():
    given = [an_override(Scope(network="2001:db8::/32"), score=9)]
    hosts = [{"address": a, "failed_targets": 999} for a in ("10.0.0.7", "2001:db8::7")]
    assert fired(given, *hosts, check="slow_scan", frame="host_window") == [(0, 50), (1, 9)]


def test_an_override_that_the_check_refuses_is_named_and_the_rest_runs():
    base = Active(the("syn_flood"), 1, 50)
    found, refused = variants(base, True, {}, [an_override(Scope(pool=9), 4, threshold=-1)])
    assert [number for number, _ in refused] == [4] and len(found) == 1
