"""The charts and tables of a host's page."""

from __future__ import annotations

import pytest

from ntopweb.ntopng.charts import pie
from tests.ntopng.conftest import SERVER4, SERVER6, V4, V6

pytestmark = pytest.mark.django_db

SIDES = pytest.mark.parametrize(("client", "server"), [(V4, SERVER4), (V6, SERVER6)])


@SIDES
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("l4/proto_data", {"TCP": 6000, "UDP": 6000}),
        ("l4/traffic_data", {"Sent": 2000, "Rcvd": 10_000}),
        ("l4/contacted_hosts_data", {"server": 12_000}),
        ("l7/proto_data", {"TLS": 6000, "DNS.Google": 6000}),
        ("l7/cat_data", {"Web": 12_000}),
        ("l7/breed_data", {"Safe": 6000, "Acceptable": 6000}),
        ("port/cli_port_data", {"443/TCP": 6000, "443/UDP": 6000}),
        ("port/srv_port_data", {}),
    ],
)
def test_charts_of_a_host(network, rsp, client, server, named, path, parts):
    given = {"ifid": network.ifid} if named else {}
    chart = rsp(f"get/host/{path}", host=client, **given)
    found = dict(zip(chart["labels"], chart["series"], strict=True))
    assert found == {server if name == "server" else name: n for name, n in parts.items()}


@SIDES
def test_tables_of_a_host(network, rsp, client, server):
    lines = rsp("get/host/l7/data", host=client, ifid=network.ifid)
    assert {one["application"]: one["percentage"] for one in lines} == {
        "TLS": 50.0,
        "DNS.Google": 50.0,
    }
    (line,) = rsp("get/host/flows/data", host=client, ifid=network.ifid)
    assert (line["peer"], line["num_flows"], line["tot_bytes"]) == (server, 2, 12_000)
    ports = rsp("get/host/port/table_port_data", host=server, ifid=network.ifid)
    assert {one["port"] for one in ports} == {"443/TCP", "443/UDP"}


@pytest.mark.parametrize("host", ["198.51.100.9", "2001:db8:9::9"])
@pytest.mark.parametrize("named", [True, False])
def test_an_unknown_host_is_404(network, ask, host, named):
    given = {"ifid": network.ifid} if named else {}
    status, answer = ask("get/host/l7/proto_data", host=host, **given)
    assert (status, answer["rc"]) == (404, -1)


def test_top_hosts_have_names(network, rsp):
    chart = rsp("get/interface/top/hosts", ifid=network.ifid)
    assert set(chart["labels"]) == {"nas", V6, SERVER4, SERVER6}
    assert set(chart["series"]) == {6000}


@pytest.mark.parametrize(("letters", "name"), [("IT", "Italy"), ("de", "Germany")])
def test_countries_have_names(cast, rsp, letters, name):
    assert rsp("get/country/country_name", country_id=letters) == {"name": name}


def test_an_unknown_country_is_404(cast, ask):
    assert ask("get/country/country_name", country_id="XX")[0] == 404


@pytest.mark.parametrize(("host", "name"), [(V4, "nas"), (V6, V6), ("2001:db8::9", "2001:db8::9")])
def test_a_name_is_the_one_that_was_seen(network, rsp, host, name):
    assert rsp("get/host/resolve_host_name", host=host) == {"ip": host, "name": name}


def test_small_parts_are_other():
    chart = pie((f"app {n:02}", 100 - n) for n in range(15))
    assert chart["labels"][-1] == "Other" and len(chart["labels"]) == 11
    assert sum(chart["series"]) == sum(100 - n for n in range(15))
