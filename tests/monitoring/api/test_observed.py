"""Agents, interfaces, hosts, ledger and traffic."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.models import Agent, Overflow
from tests.api.problems import reasons
from tests.monitoring import builders
from tests.monitoring.builders import NOON


@pytest.mark.parametrize("address", ["192.168.1.10", "2001:db8::10"])
def test_a_host_shows_what_is_known_of_it(cast, address):
    host = builders.a_host(
        address, vlan=7, name="nas", mac="00:1b:63:84:45:e6", is_local=True, bytes_sent=1,
        bytes_received=2, score=50,
    )  # fmt: skip
    one = cast.api("viewer").get("/api/v1/hosts/").json()["results"][0]
    assert (one["address"], one["vlan"], one["interface"], one["name"]) == (
        address,
        7,
        "eth0",
        "nas",
    )
    assert (one["mac"], one["local"], one["bytes"], one["score"]) == (
        "00:1b:63:84:45:e6",
        True,
        3,
        50,
    )
    assert one["last_seen"] == "2026-11-24T12:00:00Z"
    assert cast.api("viewer").get(f"/api/v1/hosts/{host.pk}/").json() == one


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ("host=10.0.0.1", ["10.0.0.1"]),
        ("host=10.0.0.0/8", ["10.0.0.1"]),
        ("host=2001:DB8::1", ["2001:db8::1"]),
        ("local=true", ["10.0.0.1"]),
        ("local=false", ["2001:db8::1"]),
        ("vlan=3", ["2001:db8::1"]),
        ("min_score=5", ["2001:db8::1"]),
        ("since=2026-11-24T12:00:00Z", ["10.0.0.1"]),
        ("until=2026-11-24T11:59:59Z", ["2001:db8::1"]),
        ("ordering=-bytes", ["2001:db8::1", "10.0.0.1"]),
        ("ordering=address", ["10.0.0.1", "2001:db8::1"]),
    ],
)
def test_hosts_are_narrowed_and_ordered(cast, parameters, found):
    builders.a_host("10.0.0.1", is_local=True, bytes_sent=1)
    builders.a_host("2001:db8::1", vlan=3, score=5, bytes_sent=2, seen=NOON - timedelta(minutes=1))
    results = cast.api("viewer").get(f"/api/v1/hosts/?{parameters}").json()["results"]
    assert [host["address"] for host in results] == found


@pytest.mark.parametrize("number", [1, 30])
@pytest.mark.parametrize("name", ["hosts", "ledger", "interfaces"])
def test_a_longer_page_takes_no_more_queries(cast, django_assert_num_queries, name, number):
    api = cast.api("admin")
    api.get("/api/v1/agents/")
    for place in range(number):
        interface = builders.an_interface(f"eth{place}")
        builders.a_host(f"10.0.0.{place + 1}", interface=interface)
        builders.a_line(interface=interface)
    with django_assert_num_queries(6):  # four set the time limit
        assert len(api.get(f"/api/v1/{name}/").json()["results"]) == number


def test_a_new_agent_is_answered_with_its_token_once(cast):
    api = cast.api("admin", may_write=True)
    made = api.post("/api/v1/agents/", {"name": "branch"}).json()
    assert Agent.of_token(made["token"]).name == "branch"
    assert "token" not in api.get(f"/api/v1/agents/{made['id']}/").json()


def test_an_agent_is_switched_off_and_nothing_else_changes(cast):
    agent = builders.an_agent("branch")
    api = cast.api("admin", may_write=True)
    answer = api.patch(f"/api/v1/agents/{agent.pk}/", {"is_enabled": False, "version": "9"})
    assert (answer.json()["is_enabled"], answer.json()["version"]) == (False, "")


def test_a_taken_name_of_an_agent_is_refused(cast):
    builders.an_agent("branch")
    answer = cast.api("admin", may_write=True).post("/api/v1/agents/", {"name": "branch"})
    assert list(reasons(answer)) == ["name"]


def test_interfaces_are_narrowed_by_kind_and_agent(cast):
    builders.an_interface("eth0", agent=builders.an_agent("here"))
    builders.an_interface("demo", kind="demonstration", agent=builders.an_agent("there"))
    api = cast.api("viewer")
    for parameters in ("kind=demonstration", "agent=there", "interface=demo"):
        found = api.get(f"/api/v1/interfaces/?{parameters}").json()["results"]
        assert [(one["name"], one["agent"]) for one in found] == [("demo", "there")]


def test_the_ledger_says_what_became_of_each_batch(cast):
    builders.a_line(rows=5, stored=3, refused=2, refused_by_reason={"too old": 2})
    builders.a_line(frame="host")
    found = cast.api("viewer").get("/api/v1/ledger/?frame=flow").json()["results"]
    assert [(one["rows"], one["stored"], one["refused_by_reason"]) for one in found] == [
        (5, 3, {"too old": 2})
    ]


@pytest.mark.parametrize(
    ("parameters", "sent"),
    [
        ("dimension=application&key=TLS", [7]),
        ("application=TLS", [7]),
        ("application=TLS&dimension=application", [7]),
        ("host=2001:DB8::1", [8]),
        ("dimension=application&ordering=bucket", [8, 7]),
        ("application=TLS&resolution=10s", [9]),
        ("", []),
    ],
)
def test_traffic_is_the_rollups_of_a_dimension(cast, parameters, sent):
    now = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    builders.some_traffic("application", "TLS", bucket=now, resolution="1m", bytes_sent=7, flows=1)
    builders.some_traffic("application", "DNS", bucket=now, resolution="1m", bytes_sent=8)
    builders.some_traffic("host", "2001:db8::1", bucket=now, resolution="1m", bytes_sent=8)
    builders.some_traffic("application", "TLS", bucket=now, resolution="10s", bytes_sent=9)
    found = cast.api("viewer").get(f"/api/v1/traffic/?{parameters}").json()["results"]
    assert [one["bytes_sent"] for one in found] == sent
    assert {one["interface"] for one in found} <= {"eth0"}


@pytest.mark.parametrize("parameters", ["host=10.0.0.1&dimension=l4", "application=TLS&key=DNS"])
def test_a_short_form_that_contradicts_is_refused(cast, parameters):
    answer = cast.api("viewer").get(f"/api/v1/traffic/?{parameters}")
    assert list(reasons(answer)) == [parameters.partition("=")[0]]


@pytest.mark.parametrize("parameters", ["dimension=colour", "resolution=1y", "ordering=key"])
def test_unknown_sums_are_refused(cast, parameters):
    answer = cast.api("viewer").get(f"/api/v1/traffic/?{parameters}")
    assert list(reasons(answer)) == [parameters.partition("=")[0]]


def test_what_was_over_the_bounds_is_listed(cast):
    interface = builders.an_interface()
    Overflow.objects.create(interface=interface, bound="hosts: remote in all", count=7)
    Overflow.objects.create(interface=builders.an_interface("eth1"), bound="other", count=1)
    answer = cast.api("viewer").get("/api/v1/ledger/overflow/?interface=eth0").json()["results"]
    assert [(row["interface"], row["bound"], row["count"]) for row in answer] == [
        ("eth0", "hosts: remote in all", 7)
    ]
