"""Alerts: lists by family, counters, top, clauses."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from alerts import actions
from alerts.evidence import title_of
from ntopweb.ntopng.alerts import listing
from tests.monitoring import builders
from tests.ntopng.conftest import SERVER4, SERVER6, V4, V6, an_alert

EXPIRED = "tls_certificate_expired"

pytestmark = pytest.mark.django_db


@pytest.fixture
def when(network):
    """The day until now."""
    now = int(network.now.timestamp())
    return {"ifid": network.ifid, "epoch_begin": now - 86_400, "epoch_end": now + 60}


@pytest.fixture
def alerts(network):
    at = {"interface": network.interface}
    return [
        an_alert(**at),
        an_alert(client=V6, server=SERVER6, **at),
        an_alert("syn_flood", "host", score=100, attacker=V4, **at),
        an_alert("device_connection_disconnection", "interface", entity="eth0", score=10, **at),
        an_alert("check_quarantined", "system", entity="syn_flood", interface=None),
    ]


def test_each_type_is_counted(alerts, when, rsp):
    found = rsp("get/alert/type/counters", status="any", **when)
    assert {(one["entity_id"], one["alert_id"], one["count"]) for one in found} == {
        (4, 22, 2),
        (1, 19, 1),
        (0, 4147, 1),
        (9, 4139, 1),
    }
    assert found[0]["count"] == 2
    assert (found[0]["entity_label"], found[0]["name"]) == ("Flow", title_of(EXPIRED))


def test_each_severity_is_counted_by_entity(alerts, when, rsp):
    found = rsp("get/alert/severity/counters", status="any", **when)
    assert {(one["entity_id"], one["severity"], one["name"], one["count"]) for one in found} == {
        (4, 4, "Warning", 2),
        (1, 5, "Error", 1),
        (0, 3, "Notice", 1),
        (9, 4, "Warning", 1),
    }


@pytest.mark.parametrize(
    ("status", "number"), [("any", 2), ("engaged", 1), ("historical", 1), ("acknowledged", 1)]
)
def test_counters_are_of_a_status(network, when, rsp, status, number):
    an_alert(interface=network.interface)
    an_alert(interface=network.interface, state="released", acknowledged_at=network.now)
    found = rsp("get/alert/type/counters", status=status, **when)
    assert sum(one["count"] for one in found) == number


def test_counters_are_of_the_time_and_the_interface(alerts, when, rsp):
    other = builders.an_interface("other")
    assert rsp("get/alert/type/counters", **{**when, "epoch_end": when["epoch_begin"]}) == []
    found = rsp("get/alert/type/counters", **{**when, "ifid": other.pk})
    assert [one["entity_id"] for one in found] == [9]
    assert [one["entity_id"] for one in rsp("get/alert/type/counters", ifid=-1)] == [9]


def test_the_top_has_two_sections(alerts, when, rsp):
    by_count, by_severity = rsp("get/alert/top", **when)
    assert (by_count["name"], by_severity["name"]) == (
        "top_alerts_by_count",
        "top_alerts_by_severity",
    )
    assert by_count["value"][0]["count"] == 40
    assert {"key", "title", "label", "value"} <= by_count["value"][0].keys()
    assert by_severity["value"][0]["severity_label"] == "Error"
    assert by_severity["value"][0]["value"] == 19


@pytest.mark.parametrize(
    ("host", "entities"),
    [(V4, {22, 19}), (V6, {22}), (SERVER6, {22}), ("198.51.100.1", {0}), ("2001:db8:9::1", {0})],
)
def test_the_top_of_a_host_has_either_end(alerts, when, rsp, host, entities):
    by_count, _ = rsp("get/alert/top", ip=f"{host};eq", **when)
    assert {one["value"] for one in by_count["value"]} == entities


def test_without_an_alert_the_top_has_a_line_that_says_so(network, when, rsp):
    by_count, by_severity = rsp("get/alert/top", **when)
    assert [one["label"] for one in by_count["value"]] == ["No alerts"]
    assert by_severity["value"][0]["severity_label"] == "-"


def test_the_top_of_flows_has_clients_and_applications(alerts, when, rsp):
    cards = {one["name"]: one["value"] for one in rsp("get/flow/alert/top", **when)}
    assert {one["label"] for one in cards["top_cli_ip"]} == {V4, V6}
    assert cards["top_l7proto"][0] == {
        "key": "l7proto",
        "value": "TLS.Google",
        "label": "TLS.Google",
        "title": "TLS.Google",
        "count": 100,
    }


@pytest.mark.parametrize(
    ("family", "number"),
    [
        *(("flow", 2), ("host", 1), ("interface", 1), ("system", 1), ("mac", 0), ("am_host", 0)),
        *(("user", 0), ("network", 0), ("snmp/device", 0), ("all", 5)),
    ],
)
def test_lists_are_of_a_family(alerts, when, ask, family, number):
    status, answer = ask(f"get/{family}/alert/list", format="json", **when)
    assert (status, len(answer["rsp"]["records"])) == (200, number)
    assert (answer["recordsTotal"], answer["recordsFiltered"]) == (number, number)


@pytest.mark.parametrize(("client", "server"), [(V4, SERVER4), (V6, SERVER6)])
def test_a_flow_alerts_record(alerts, when, rsp, client, server):
    (record,) = rsp("get/flow/alert/list", format="json", cli_ip=f"{client};eq", **when)["records"]
    assert (record["cli_ip"]["ip"], record["srv_ip"]["ip"]) == (client, server)
    assert (record["cli_ip"]["location"], record["srv_ip"]["location"]) == ("local", "remote")
    assert record["alert_id"]["value"] == "22"
    assert record["severity"] == {"value": 4, "label": "Warning", "color": "#ffc007"}
    assert (record["proto"]["label"], record["l7_proto"]["l7_label"]) == ("TCP", "TLS.Google")
    assert record["l7_proto"]["value"] == "126"
    assert record["srv_port"] == {"value": "443", "label": "443"}
    assert record["total_bytes"]["total_bytes"] == 1000
    assert (
        record["additional_alerts"]["descr"] == "SYN flood" or record["additional_alerts"]["descr"]
    )
    assert (record["family"], record["count"], record["msg"]["description"]) == ("flow", 3, "bad")


def test_what_users_said_is_the_label(alerts, when, rsp, cast):
    actions.comment(cast.operator, [alerts[0].pk], timezone.now(), "the backup")
    records = rsp("get/flow/alert/list", format="json", **when)["records"]
    labels = {record["row_id"]: record["user_label"] for record in records}
    assert labels == {str(alerts[0].pk): "the backup", str(alerts[1].pk): ""}


def test_a_blacklisted_end_is_said_to_be(alerts, when, rsp, monkeypatch):
    monkeypatch.setattr(listing, "listed_of", lambda addresses: frozenset({SERVER6}))
    records = rsp("get/flow/alert/list", format="json", **when)["records"]
    marks = {record["srv_ip"]["ip"]: record["srv_ip"]["blacklisted"] for record in records}
    assert marks == {SERVER4: "0", SERVER6: "1"}


def test_a_host_alerts_record_names_the_host(alerts, when, rsp):
    (record,) = rsp("get/host/alert/list", format="json", **when)["records"]
    assert (record["ip"]["ip"], record["ip"]["label"]) == (V4, "nas")
    assert (record["is_attacker"], record["is_victim"]) == (True, False)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ({"severity": "5;gte"}, 1),
        ({"severity": "4"}, 3),
        ({"score": "60;lt"}, 1),
        ({"alert_id": "22;eq"}, 2),
        ({"alert_id": "22;neq"}, 3),
        ({"ip": f"{V4};eq"}, 2),
        ({"srv_port": "443;eq", "cli_ip": f"{V6};eq"}, 1),
        ({"l7proto": "tls"}, 2),
        ({"vlan_id": "7"}, 0),
        ({"start": "3", "length": "5"}, 2),
    ],
)
def test_filters_narrow(alerts, when, rsp, given, number):
    assert len(rsp("get/all/alert/list", format="json", **given, **when)["records"]) == number


@pytest.mark.parametrize(
    "given",
    [
        *({"ip": "nas;eq"}, {"score": "high;eq"}, {"score": "1;like"}, {"severity": "bad"}),
        *({"status": "gone"}, {"ip": f"{V4};gt"}, {"row_id": "9" * 40}, {"l4proto": "x"}),
    ],
)
def test_wrong_filters_are_400(alerts, when, ask, given):
    status, answer = ask("get/all/alert/list", **given, **when)
    assert (status, answer["rc"]) == (400, -5)


def test_a_list_as_text_is_csv(alerts, when, cast):
    client = cast.api("viewer")
    answer = client.get("/lua/rest/v2/get/flow/alert/list.lua", {**when, "format": "txt"})
    head, *lines = answer.content.decode().splitlines()
    assert (head.split(",")[1], len(lines)) == ("check_key", 2)


def test_alerts_over_time_are_counted_by_severity(alerts, when, rsp):
    found = rsp("get/all/alert/ts", **when)
    totals = {line["name"]: sum(line["data"]) for line in found["series"]}
    assert totals == {"warning": 3, "error": 1, "notice": 1}


def queried(rsp, when, family="flow", **clauses):
    return rsp("get/alert/list/alerts", alert_family=family, **clauses, **when)


@pytest.mark.parametrize(
    ("family", "keys"),
    [
        ("flow", {"cli_ip", "srv_ip", "l7_proto", "cli2srv_bytes", "is_cli_attacker"}),
        ("host", {"ip", "is_attacker", "description"}),
        ("interface", {"ifid", "name", "alias"}),
        ("system", {"name", "description"}),
    ],
)
def test_rows_of_a_family_are_all_text(alerts, when, rsp, family, keys):
    row = queried(rsp, when, family)[0]
    assert {"alert_id", "tstamp", "severity", "score", "json", "rowid", *keys} <= row.keys()
    assert all(isinstance(value, str) for value in row.values())
    assert json.loads(row["json"])["message"] == "bad"


@pytest.mark.parametrize("family", ["mac", "user", "snmp", "network", "active_monitoring"])
def test_a_family_without_alerts_is_empty(alerts, when, rsp, family):
    assert queried(rsp, when, family, order_by_clause="epoch_begin") == []


def test_clauses_select_narrow_group_and_order(alerts, when, rsp):
    rows = queried(rsp, when, select_clause="cli_ip, COUNT(*) number", group_by="cli_ip")
    assert rows == [{"cli_ip": V4, "number": "1"}, {"cli_ip": V6, "number": "1"}]
    rows = queried(rsp, when, where_clause=f'(cli_ip=("{V6}") AND alert_id=22)', maxhits_clause=5)
    assert [row["cli_ip"] for row in rows] == [V6]
    rows = queried(rsp, when, select_clause="rowid", order_by_clause="rowid ASC")
    assert [int(row["rowid"]) for row in rows] == sorted(int(row["rowid"]) for row in rows)


@pytest.mark.parametrize(
    "given",
    [
        {"alert_family": "weather"},
        {"alert_family": ""},
        {"epoch_begin": "", "alert_family": "flow"},
        {"epoch_end": "soon", "alert_family": "flow"},
        {"epoch_begin": "99999999999", "alert_family": "flow"},
        {"alert_family": "flow", "select_clause": "password"},
        {"alert_family": "flow", "where_clause": "cli_ip = srv_ip"},
        {"alert_family": "flow", "maxhits_clause": "0"},
    ],
)
def test_a_wrong_query_is_400(alerts, when, ask, given):
    status, answer = ask("get/alert/list/alerts", **{**when, **given})
    assert (status, answer["rc"], answer["rsp"]) == (400, -5, [])


def test_the_status_of_rows(network, when, rsp):
    an_alert(interface=network.interface, acknowledged_at=network.now)
    an_alert(interface=network.interface, state="released", seen=network.now - timedelta(hours=1))
    rows = queried(rsp, when, select_clause="alert_status", order_by_clause="alert_status")
    assert [row["alert_status"] for row in rows] == ["0", "1"]
