from ipaddress import ip_network

import pytest

from recipients.matching import Filter
from tests.recipients.builders import an_occurrence

V6 = {"host": ("2001:db8::1",), "client": ("2001:db8::1",)}


@pytest.mark.parametrize(
    ("filter", "seen", "reason"),
    [
        (Filter(), an_occurrence(), ""),
        (Filter(), an_occurrence("acknowledged"), "they are not told that somebody ack"),
        (Filter(kinds=frozenset({"released"})), an_occurrence(), "they are not told that it eng"),
        (Filter(minimum_rank=4), an_occurrence(score=100), ""),
        (Filter(minimum_rank=4), an_occurrence(score=99), "warning is below error"),
        (Filter(categories=frozenset({"network"})), an_occurrence(), ""),
        (Filter(categories=frozenset({"security"})), an_occurrence(), "the category network"),
        (Filter(families=frozenset({"flow"})), an_occurrence(), "the family host"),
        (Filter(checks=frozenset({"syn_scan"})), an_occurrence(), ""),
        (Filter(checks=frozenset({"syn_flood"})), an_occurrence(), "the check syn_scan"),
        (Filter(interfaces=frozenset({1, 2})), an_occurrence(), ""),
        (Filter(interfaces=frozenset({2})), an_occurrence(), "the interface eth0"),
        (Filter(pools=frozenset({5})), an_occurrence(pool_ids=frozenset({5, 6})), ""),
        (Filter(pools=frozenset({5})), an_occurrence(), "no host of it is in their pools"),
        (Filter(networks=(ip_network("10.0.0.0/8"),)), an_occurrence(), ""),
        (Filter(networks=(ip_network("10.0.0.2/31"),)), an_occurrence(), "no host of it is in th"),
        (Filter(networks=(ip_network("2001:db8::/32"),)), an_occurrence(labels=V6), ""),
        (Filter(networks=(ip_network("2001:db9::/32"),)), an_occurrence(labels=V6), "no host of"),
    ],
)
def test_a_filter_passes_or_says_why_not(filter, seen, reason):
    found = filter.misses(seen)
    assert found.startswith(reason) and bool(found) is bool(reason)


def test_a_list_of_checks_replaces_severity_category_and_family():
    strict = Filter(
        minimum_rank=6,
        categories=frozenset({"security"}),
        families=frozenset({"flow"}),
        checks=frozenset({"syn_scan"}),
    )
    assert strict.misses(an_occurrence(score=10)) == ""


def test_what_is_about_no_host_is_not_filtered_by_pools_and_networks():
    about_nobody = an_occurrence(labels={"host": ()})
    assert Filter(pools=frozenset({5})).misses(about_nobody) == ""
    assert Filter(networks=(ip_network("10.0.0.0/8"),)).misses(about_nobody) == ""
