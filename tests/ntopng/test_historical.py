"""Historical flows: clauses, top-k, conversations, a host's applications."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitoring.templatetags.units import bytes_text
from ntopweb.ntopng.clauses import writing
from tests.monitoring import builders
from tests.ntopng.conftest import SERVER4, SERVER6, V4, V6

pytestmark = pytest.mark.django_db

FLOWS = "get/db/flows"


@pytest.fixture
def when(network):
    now = int(network.now.timestamp())
    return {"ifid": network.ifid, "epoch_begin": now - 86_400, "epoch_end": now}


def test_finished_flows_have_all_columns_as_text(when, rsp):
    rows = rsp(
        FLOWS, body={**when, "select_clause": "*", "where_clause": "", "order_by_clause": ""}
    )
    assert len(rows) == 2
    assert all(isinstance(value, str) for row in rows for value in row.values())
    by_version = {row["IP_PROTOCOL_VERSION"]: row for row in rows}
    assert by_version["4"]["IPV4_SRC_ADDR"] == V4
    assert (by_version["4"]["IPV6_SRC_ADDR"], by_version["6"]["IPV6_DST_ADDR"]) == ("", SERVER6)
    assert (by_version["4"]["L7_PROTO"], by_version["4"]["L7_PROTO_MASTER"]) == ("126", "5")
    assert (by_version["6"]["PROTOCOL"], by_version["6"]["TOTAL_BYTES"]) == ("17", "6000")
    assert (by_version["4"]["INFO"], by_version["4"]["L7_CATEGORY"]) == ("example.org", "14")
    assert (by_version["4"]["CLIENT_LOCATION"], by_version["4"]["SERVER_LOCATION"]) == ("1", "0")


def rows_of(rsp, when, **clauses):
    return rsp(FLOWS, body={**when, "maxhits_clause": 10, **clauses})


def test_the_clauses_of_the_published_examples(when, network, rsp):
    builders.a_flow(time=network.now - timedelta(minutes=5), client=V4, server_port=22)
    rows = rows_of(
        rsp,
        when,
        select_clause="IPV4_DST_ADDR,SUM(TOTAL_BYTES) TOT,IP_DST_PORT",
        where_clause=f'IPV4_SRC_ADDR=("{V4}") AND PROTOCOL=("6")',
        group_by_clause="IPV4_DST_ADDR_FORMATTED,IP_DST_PORT",
        order_by_clause="TOT DESC",
    )
    assert rows == [{"IPV4_DST_ADDR": SERVER4, "TOT": "6000", "IP_DST_PORT": "22"}]


@pytest.mark.parametrize(
    ("where", "number"),
    [
        (f"IPV4_SRC_ADDR = '{V4}'", 1),
        (f'IPV6_SRC_ADDR = ("{V6}")', 1),
        (f"IPV4_SRC_ADDR = '{V4}' OR IPV6_SRC_ADDR = '{V6}'", 2),
        ("IPV4_SRC_ADDR = 3232235786", 1),
        ("(L7_PROTO = 126 AND (PROTOCOL = 17 OR SCORE >= 250))", 2),
        ("PROTOCOL != 17", 0),
        ("PROTOCOL <> 6", 2),
        ("VLAN_ID > -1 AND IP_DST_PORT <= 443", 2),
        ("INFO = 'example.org'", 2),
        ("info = 'Example.org'", 0),
        ("", 2),
    ],
)
def test_conditions(when, rsp, where, number):
    assert len(rows_of(rsp, when, where_clause=where)) == number


INJECTIONS = [
    ("where_clause", "1=1"),
    ("where_clause", "PROTOCOL = 6; DROP TABLE flow"),
    ("where_clause", "PROTOCOL = (SELECT 1)"),
    ("where_clause", "PROTOCOL IN (SELECT id FROM auth_user)"),
    ("where_clause", "PROTOCOL = 6 GROUP BY x"),
    ("where_clause", "pg_sleep(10) = 1"),
    ("where_clause", "f.client_port = 1"),
    ("where_clause", "PROTOCOL = SCORE"),
    ("where_clause", "INFO LIKE '%'"),
    ("where_clause", "PROTOCOL = 'six'"),
    ("where_clause", "IPV4_SRC_ADDR = '10.0.0.0/8'"),
    ("where_clause", "INFO = 'a\x00b'"),
    ("where_clause", "(" * 60 + "PROTOCOL = 6" + ")" * 60),
    ("where_clause", "PROTOCOL = 6 OR " * 900 + "PROTOCOL = 6"),
    ("where_clause", "PROTOCOL ="),
    ("where_clause", "'"),
    ("select_clause", "password FROM auth_user"),
    ("select_clause", "PROTOCOL FROM flow f"),
    ("select_clause", "(SELECT 1)"),
    ("select_clause", "version()"),
    ("select_clause", "DISTINCT PROTOCOL"),
    ("select_clause", "SUM(INFO)"),
    ("select_clause", "SUM(PROTOCOL + 1)"),
    ("select_clause", "COUNT(*), PROTOCOL"),
    ("select_clause", "flow.PROTOCOL"),
    ("select_clause", "PROTOCOL UNION SELECT 1"),
    ("group_by_clause", "1; DELETE FROM flow"),
    ("group_by_clause", "ROLLUP(PROTOCOL)"),
    ("group_by_clause", "PROTOCOL HAVING 1=1"),
    ("order_by_clause", "PROTOCOL; SELECT 1"),
    ("order_by_clause", "PROTOCOL LIMIT 1"),
]


@pytest.mark.parametrize(("clause", "text"), INJECTIONS)
def test_what_is_not_on_the_list_is_refused(when, ask, clause, text):
    status, answer = ask(FLOWS, body={**when, "select_clause": "PROTOCOL", clause: text})
    assert (status, answer["rc"], answer["rsp"]) == (400, -5, [])
    assert clause.removesuffix("_clause").replace("_", " ") in answer["rc_str_hr"]


@pytest.mark.parametrize("order", ["epoch_begin", "nothing DESC", "SUM(SCORE)", "PROTOCOL + 1"])
def test_an_order_that_is_not_known_is_passed_over(when, rsp, order):
    assert len(rows_of(rsp, when, order_by_clause=order)) == 2


def test_a_label_reaches_no_sql(when, rsp):
    label = '`x"; DROP TABLE flow; --`'
    (row, *_) = rows_of(rsp, when, select_clause=f"PROTOCOL AS {label}", order_by_clause=label)
    assert list(row) == ['x"; DROP TABLE flow; --']


def test_other_times_and_interfaces_have_other_flows(when, network, rsp):
    early = {**when, "epoch_end": when["epoch_begin"]}
    assert rows_of(rsp, early) == []
    other = builders.an_interface("other")
    assert rows_of(rsp, {**when, "ifid": other.pk}) == []
    named = {"begin_time_clause": when["epoch_begin"], "end_time_clause": when["epoch_end"]}
    assert len(rsp(FLOWS, body={"ifid": network.ifid, **named})) == 2


@pytest.mark.parametrize("given", [{"epoch_begin": ""}, {"epoch_end": "x"}, {"maxhits_clause": 0}])
def test_wrong_questions_are_400(when, ask, given):
    status, answer = ask(FLOWS, body={**when, **given})
    assert (status, answer["rc"]) == (400, -5)


def test_top_k_is_greatest_first(when, network, rsp):
    builders.a_flow(time=network.now - timedelta(minutes=5), client=V4, bytes_to_client=9000)
    named = {"begin_time_clause": when["epoch_begin"], "end_time_clause": when["epoch_end"]}
    rows = rsp("get/db/topk_flows", ifid=network.ifid, maxhits_clause=2, **named)
    assert (rows[0]["IPV4_SRC_ADDR"], rows[0]["L7_PROTO"], rows[0]["BYTES"]) == (V4, "91", "10000")
    assert len(rows) == 2
    rows = rsp("get/db/topk_flows", where_clause="PROTOCOL = 6", **when)
    assert [row["BYTES"] for row in rows] == ["10000"]
    rows = rsp(
        "get/db/topk_flows",
        select_keys_clause="PROTOCOL",
        select_values_clause="PACKETS",
        topk_clause="max",
        **when,
    )
    assert rows == [{"PROTOCOL": "6", "PACKETS": "22"}, {"PROTOCOL": "17", "PACKETS": "22"}]


@pytest.mark.parametrize("key", ["topk_clause", "select_keys_clause", "select_values_clause"])
def test_a_wrong_top_k_is_400(when, ask, key):
    status, answer = ask("get/db/topk_flows", **{**when, key: "1; DROP TABLE flow"})
    assert (status, answer["rc"]) == (400, -5)


SEARCH = "get/db/historical_db_search"
PRESET = {"query_preset": "top_conversations", "order": "DESC", "sort": "bytes", "start": 0}


def test_conversations_come_from_the_sums(when, ask):
    status, answer = ask(SEARCH, **PRESET, length=10, **when)
    assert (status, answer["recordsTotal"]) == (200, 2)
    record = next(r for r in answer["rsp"]["records"] if r["cli_ip"]["ip"] == V4)
    assert (record["srv_ip"]["ip"], record["cli_name"], record["srv_name"]) == (SERVER4, "nas", "")
    assert (record["bytes"], record["total_bytes"]) == (bytes_text(6000), 6000)


@pytest.mark.parametrize(
    ("host", "pairs"),
    [(V4, {(V4, SERVER4)}), (SERVER6, {(V6, SERVER6)}), ("198.51.100.1", set())],
)
def test_conversations_of_a_host_are_of_either_end(when, rsp, host, pairs):
    records = rsp(SEARCH, **PRESET, ip=f"{host};eq", **when)["records"]
    assert {(one["cli_ip"]["ip"], one["srv_ip"]["ip"]) for one in records} == pairs


def test_without_a_preset_there_are_finished_flows(when, ask):
    status, answer = ask(SEARCH, l7proto="DNS;eq", srv_port="443", length=1, **when)
    assert (status, answer["recordsTotal"], len(answer["rsp"]["records"])) == (200, 2, 1)
    assert answer["rsp"]["records"][0]["l7proto"] == {"value": "126", "label": "DNS.Google"}


@pytest.mark.parametrize(
    "given", [{"query_preset": "weather"}, {"ip": "nas;eq"}, {"ip": f"{V4};neq"}, {"port": "x"}]
)
def test_a_wrong_search_is_400(when, ask, given):
    status, answer = ask(SEARCH, **{**PRESET, **when, **given})
    assert (status, answer["rc"]) == (400, -5)


@pytest.mark.parametrize("host", [V4, V6])
def test_a_hosts_applications_have_their_part(when, network, rsp, host):
    times = {name: when[name] for name in ("epoch_begin", "epoch_end")}
    query = f"ifid:{network.ifid},host:{host}"
    found = rsp("get/host/top/ts_stats", ts_query=query, detail_view="top_protocols", **times)
    assert {one["protocol"]["label"]: one["percentage"] for one in found} == {
        "TLS": 50.0,
        "DNS.Google": 50.0,
    }
    assert found[0]["ts_query"].startswith(query)


def test_an_interfaces_applications(when, rsp):
    (found,) = rsp("get/interface/top_ts_stats", detail_view="top_protocols", **when)
    assert (found["protocol"], found["traffic"]) == ({"id": "91", "label": "TLS"}, 6000)


@pytest.mark.parametrize("where", ["IPV4_SRC_ADDR = '192.168.1.10'", "IP_PROTOCOL_VERSION = 6"])
def test_a_question_that_takes_too_long_is_given_up(when, ask, settings, monkeypatch, where):
    settings.QUERY_SECONDS = 0.05
    real = writing.statement

    def slow(*given):
        sql, values = real(*given)
        return sql.replace(" WHERE ", " WHERE pg_sleep(1) IS NOT NULL AND ", 1), values

    monkeypatch.setattr(writing, "statement", slow)
    status, answer = ask(FLOWS, body={**when, "select_clause": "*", "where_clause": where})
    assert (status, answer["rc_str"]) == (400, "INVALID_ARGUMENTS")
    assert "not answered within 0.05 seconds" in answer["rc_str_hr"]
