"""What is read of interfaces, hosts and active flows: shapes, parameters, errors."""

from __future__ import annotations

import pytest

from monitoring.enrichment.context import Context
from monitoring.enrichment.networks import Networks
from ntopweb.ntopng import present
from tests.monitoring import builders
from tests.ntopng.conftest import SERVER4, SERVER6, V4, V6

pytestmark = pytest.mark.django_db

SIDES = pytest.mark.parametrize(("client", "server"), [(V4, SERVER4), (V6, SERVER6)])


def test_interfaces_are_listed(network, rsp):
    assert rsp("get/ntopng/interfaces") == [
        {"ifid": network.ifid, "ifname": "eth0", "name": "eth0"}
    ]


def test_an_interface_has_its_counters(network, rsp):
    data = rsp("get/interface/data", ifid=network.ifid)
    counted = ("num_flows", "num_hosts", "num_local_hosts", "num_local_hosts_anomalies")
    assert [data[name] for name in counted] == [2, 4, 2, 0]
    alerted = ("alerted_flows", "alerted_flows_warning", "alerted_flows_error")
    assert [data[name] for name in alerted] == [2, 2, 0]
    assert (data["bytes"], data["bytes_upload"], data["bytes_download"]) == (6000, 1000, 5000)
    assert data["throughput_bps"] == pytest.approx(6000 / 30)
    assert data["throughput"]["download"]["bps"] == pytest.approx(5000 / 30)
    assert (data["ifid"], data["ifname"], data["is_view"]) == (str(network.ifid), "eth0", False)
    assert abs(data["epoch"] - network.now.timestamp()) < 60


def test_an_interface_without_traffic_has_zeros(network, rsp):
    idle = builders.an_interface("idle")
    data = rsp("get/interface/data", ifid=idle.pk)
    assert (data["num_flows"], data["bytes"], data["alerted_flows"]) == (0, 0, 0)
    assert rsp("get/interface/l7/stats", ifid=idle.pk, ndpistats_mode="count") == [
        {"label": "No Flows", "value": 0}
    ]


def test_broadcast_domains_are_local_networks_with_hosts(network, rsp):
    domains = rsp("get/interface/bcast_domains", ifid=network.ifid)["bcast_domains"]
    assert domains["192.168.1.0/24"] == {"ghost_network": False, "hits": 1}
    assert domains["2001:db8::/64"]["hits"] == 1


@pytest.mark.parametrize(
    ("mode", "first"), [("count", ("TLS", 2)), ("sinceStartup", ("TLS", 6000))]
)
def test_applications_of_an_interface(network, rsp, mode, first):
    found = rsp("get/interface/l7/stats", ifid=network.ifid, ndpistats_mode=mode, breed="True")
    assert (found[0]["label"], found[0]["value"]) == first


def test_more_applications_than_asked_for_are_other(network, rsp):
    for name, number in (("DNS", 3), ("QUIC", 1)):
        for _ in range(number):
            builders.a_live_flow(time=network.now, application=name)
    found = rsp("get/interface/l7/stats", ifid=network.ifid, ndpistats_mode="count", max_values=1)
    assert [(one["label"], one["value"]) for one in found] == [("DNS", 3), ("Other", 3)]


def test_counters_of_flows(network, rsp):
    assert rsp("get/flow/l4/counters", ifid=network.ifid) == [{"id": 6, "count": 2}]
    assert rsp("get/flow/l7/counters", ifid=network.ifid) == [{"name": "TLS", "count": 2}]


@pytest.mark.parametrize(
    ("side", "addresses"), [("local", {V4, V6}), ("remote", {SERVER4, SERVER6})]
)
def test_talkers_are_local_or_remote(network, rsp, side, addresses):
    found = rsp(f"get/interface/top/{side}/talkers", ifid=network.ifid)
    assert {one["ip"] for one in found} == addresses
    assert found[0]["throughput"] == pytest.approx(6000 * 8 / 300)


@SIDES
def test_active_hosts_have_what_they_do(network, rsp, client, server):
    found = {
        one["ip"]: one for one in rsp("get/host/active", ifid=network.ifid, all="true")["data"]
    }
    assert set(found) == {V4, V6, SERVER4, SERVER6}
    assert found[client]["num_flows"] == {"total": 1, "as_client": 1, "as_server": 0}
    assert found[server]["num_flows"] == {"total": 1, "as_client": 0, "as_server": 1}
    assert found[client]["score"] == {"total": 60, "as_client": 60, "as_server": 0}
    assert found[client]["bytes"] == {"total": 900, "sent": 300, "recvd": 600}
    assert found[client]["thpt"]["bps"] == pytest.approx(6000 * 8 / 30)
    assert (found[client]["is_localhost"], found[server]["is_localhost"]) == (True, False)


def test_pages_of_hosts_are_disjoint_and_whole(network, rsp):
    pages = [
        rsp("get/host/active", ifid=network.ifid, currentPage=page, perPage=3) for page in (1, 2)
    ]
    rows = [[row["ip"] for row in page["data"]] for page in pages]
    assert [len(page) for page in rows] == [3, 1]
    assert len({*rows[0], *rows[1]}) == 4
    assert [page["totalRows"] for page in pages] == [4, 4]
    assert (pages[1]["currentPage"], pages[1]["perPage"]) == (2, 3)


@pytest.mark.parametrize(
    ("given", "addresses"),
    [
        ({"mode": "local"}, {V4, V6}),
        ({"mode": "remote"}, {SERVER4, SERVER6}),
        ({"version": "6"}, {V6, SERVER6}),
        ({"version": "4", "mode": "local"}, {V4}),
        ({"network_cidr": "2001:db8::/64"}, {V6}),
        ({"vlan": "7"}, set()),
    ],
)
def test_hosts_are_narrowed(network, rsp, given, addresses):
    found = rsp("get/host/active", ifid=network.ifid, all="true", **given)["data"]
    assert {one["ip"] for one in found} == addresses


def test_hosts_come_in_the_order_asked_for(network, rsp):
    page = rsp("get/host/active", ifid=network.ifid, sortColumn="column_last", sortOrder="desc")
    seen = [one["last_seen"] for one in page["data"]]
    assert seen == sorted(seen, reverse=True)
    assert page["sort"] == [["last", "desc"]]


@SIDES
def test_a_host_has_its_data(network, rsp, client, server):
    data = rsp("get/host/data", ifid=network.ifid, host=client)
    assert (data["ip"], data["ifid"], data["localhost"]) == (client, network.ifid, True)
    assert (data["bytes.sent"], data["bytes.rcvd"], data["score"]) == (300, 600, 60)
    assert set(data["ndpi"]) == {"TLS", "DNS.Google"}
    assert data["ndpi"]["TLS"] == {
        "bytes.sent": 1000,
        "bytes.rcvd": 5000,
        "num_flows": 1,
        "duration": 0,
        "breed": "Safe",
    }
    assert (data["tcp.bytes.sent"], data["udp.bytes.rcvd"]) == (1000, 5000)
    assert rsp("get/host/data", ifid=network.ifid, host=server)["active_flows.as_server"] == 1


@SIDES
def test_a_blacklisted_host_is_said_to_be(network, rsp, monkeypatch, client, server):
    lists = Context(listed=Networks.of([("203.0.113.0/24", 1), ("2001:db8:1::/48", 2)]))
    monkeypatch.setattr(present, "current", lambda: lists)
    data = {one: rsp("get/host/data", ifid=network.ifid, host=one) for one in (client, server)}
    assert [data[one]["is_blacklisted"] for one in (client, server)] == [False, True]


@SIDES
def test_a_host_has_its_applications(network, rsp, client, server):
    found = rsp("get/host/l7/stats", ifid=network.ifid, host=client, breed="True")
    assert {(one["label"], one["value"], one["duration"]) for one in found} == {
        ("TLS", 6000, 0),
        ("DNS.Google", 6000, 0),
    }


@SIDES
def test_a_host_is_known_on_its_interfaces(network, rsp, client, server):
    assert rsp("get/host/interfaces", host=client) == {client: [{"ifid": network.ifid}]}
    assert rsp("get/host/interfaces", host=f"{client}@0") == {
        f"{client}@0": [{"ifid": network.ifid}]
    }
    assert rsp("get/host/interfaces", host="198.51.100.77") == {"198.51.100.77": []}


@pytest.mark.parametrize(
    ("text", "found"), [("NAS", {V4}), ("192.168.", {V4}), ("2001:db8::1", {V6}), ("none", set())]
)
def test_hosts_are_found_by_name_and_address(network, rsp, text, found):
    results = rsp("get/host/find", query=text)["results"]
    assert {one["ip"] for one in results} == found


@SIDES
def test_active_flows_have_both_ends(network, rsp, client, server):
    page = rsp("get/flow/active", ifid=network.ifid, host=client)
    assert page["totalRows"] == 1
    (flow,) = page["data"]
    assert (flow["client"]["ip"], flow["server"]["ip"], flow["server"]["port"]) == (
        client,
        server,
        443,
    )
    assert flow["protocol"] == {"l4": "TCP", "l7": "TLS"}
    assert flow["breakdown"] == {"cli2srv": 17, "srv2cli": 83}
    assert flow["bytes"] == 6000
    assert flow["thpt"]["bps"] == pytest.approx(6000 * 8 / 10, rel=0.01)


def test_pages_of_flows_are_disjoint(network, rsp):
    pages = [
        rsp("get/flow/active", ifid=network.ifid, currentPage=page, perPage=1)["data"]
        for page in (1, 2, 3)
    ]
    assert [len(page) for page in pages] == [1, 1, 0]
    assert pages[0][0]["key"] != pages[1][0]["key"]


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("get/interface/data", {}),
        ("get/interface/data", {"ifid": "77777"}),
        ("get/interface/data", {"ifid": "eth0"}),
        ("get/host/active", {"ifid": "9" * 30}),
        ("get/flow/active", {"ifid": "-5"}),
    ],
)
def test_an_unknown_interface_is_400(network, ask, path, given):
    status, answer = ask(path, **given)
    assert (status, answer["rc"], answer["rc_str"], answer["rsp"]) == (
        400,
        -2,
        "INVALID_INTERFACE",
        [],
    )


@pytest.mark.parametrize("host", ["198.51.100.99", "2001:db8::99", f"{V4}@12"])
@pytest.mark.parametrize("path", ["get/host/data", "get/host/l7/stats", "get/host/dscp/stats"])
def test_an_unknown_host_is_404(network, ask, path, host):
    status, answer = ask(path, ifid=network.ifid, host=host)
    assert (status, answer["rc"], answer["rc_str"]) == (404, -1, "NOT_FOUND")


@pytest.mark.parametrize(
    "given", [{}, {"host": ""}, {"host": "nas"}, {"host": V4, "vlan": "x"}, {"host": V4 + "@9999"}]
)
def test_a_host_that_is_none_is_400(network, ask, given):
    status, answer = ask("get/host/data", ifid=network.ifid, **given)
    assert (status, answer["rc"], answer["rc_str"]) == (400, -5, "INVALID_ARGUMENTS")


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("get/host/active", {"perPage": "0"}),
        ("get/host/active", {"mode": "sideways"}),
        ("get/host/active", {"network_cidr": "10.0.0.0/99"}),
        ("get/flow/active", {"currentPage": "one"}),
        ("get/flow/active", {"l4proto": "nothing"}),
        ("get/flow/active", {"verbose": "perhaps"}),
        ("get/interface/l7/stats", {"ndpistats_mode": "sometimes"}),
        ("get/host/find", {"query": "a\x00b"}),
    ],
)
def test_wrong_parameters_are_400(network, ask, path, given):
    status, answer = ask(path, ifid=network.ifid, **given)
    assert (status, answer["rc"]) == (400, -5)
    assert next(iter(given)) in answer["rc_str_hr"]


def test_unknown_parameters_are_ignored(network, rsp):
    assert rsp("get/flow/l4/counters", ifid=network.ifid, colour="blue")


def test_json_of_a_post_wins_over_the_query(network, ask):
    status, answer = ask("get/flow/l4/counters", body={"ifid": network.ifid}, ifid=99999)
    assert (status, answer["rsp"]) == (200, [{"id": 6, "count": 2}])
