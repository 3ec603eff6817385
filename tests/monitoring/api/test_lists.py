"""What holds for every list."""

from datetime import timedelta

import pytest

from tests.api.problems import reasons
from tests.monitoring import builders
from tests.monitoring.builders import NOON

LISTS = ["agents", "interfaces", "hosts", "flows", "ledger", "traffic"]


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_a_page(cast, name):
    expected = {"next": None, "previous": None, "results": []}
    assert cast.api("viewer").get(f"/api/v1/{name}/").json() == expected


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("parameters", "field", "reason"),
    [
        ("nonsense=1", "nonsense", "No such filter"),
        ("limit=0", "limit", "greater than or equal to 1"),
        ("limit=1001", "limit", "less than or equal to 1000"),
        ("limit=x", "limit", "valid integer"),
        ("ordering=nonsense", "ordering", "not a valid choice"),
        ("cursor=nonsense", "cursor", "no cursor of this list"),
        ("since=yesterday", "since", "wrong format"),
        ("until=2026-13-01", "until", "wrong format"),
        ("limit=5&limit=6", "limit", "Give it once"),
    ],
)
def test_a_bad_parameter_is_named_with_its_reason(cast, name, parameters, field, reason):
    answer = cast.api("viewer").get(f"/api/v1/{name}/?{parameters}")
    assert reason in reasons(answer)[field][0]


@pytest.mark.parametrize("name", ["interfaces", "hosts", "flows", "ledger", "traffic"])
def test_an_unknown_interface_is_refused(cast, name):
    answer = cast.api("viewer").get(f"/api/v1/{name}/?interface=eth9")
    assert reasons(answer) == {"interface": ["There is no interface 'eth9'."]}


@pytest.mark.parametrize("by", ["name", "id"])
def test_interfaces_are_named_by_name_or_number(cast, by):
    one, other = builders.an_interface("eth0"), builders.an_interface("eth1")
    builders.a_host("10.0.0.1", interface=one)
    builders.a_host("10.0.0.2", interface=other)
    value = other.name if by == "name" else other.pk
    found = cast.api("viewer").get(f"/api/v1/hosts/?interface={value}").json()["results"]
    assert [host["address"] for host in found] == ["10.0.0.2"]


def test_links_lead_through_all_pages_and_keep_the_filter(cast):
    for place in range(5):
        builders.a_host(f"10.0.0.{place + 1}", is_local=True, seen=NOON - timedelta(minutes=place))
        builders.a_host(f"2001:db8::{place + 1}", seen=NOON - timedelta(minutes=place))
    api, url, seen = cast.api("viewer"), "/api/v1/hosts/?limit=2&local=true", []
    while url:
        page = api.get(url).json()
        seen += [host["address"] for host in page["results"]]
        url = page["next"]
    assert seen == [f"10.0.0.{place + 1}" for place in range(5)]
    assert [host["address"] for host in api.get(page["previous"]).json()["results"]] == seen[2:4]


def test_the_openapi_document_is_clean(db, capsys):
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    with GENERATOR_STATS.silence():
        document = SchemaGenerator().get_schema(public=True)
    assert not GENERATOR_STATS
    parameters = {one["name"] for one in document["paths"]["/api/v1/flows/"]["get"]["parameters"]}
    assert {"interface", "host", "local", "application", "since", "until", "ordering"} <= parameters
