"""Time ranges, files, tabs, charts and the search box."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.views.csv import csv_of
from tests.monitoring import builders

pytestmark = pytest.mark.django_db

FAMILIES = pytest.mark.parametrize(
    ("client", "server"), [("10.0.0.1", "192.0.2.1"), ("fd00::1", "2001:db8::1")]
)


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_flows_of_a_range_of_ones_own_are_neither_older_nor_newer(cast):
    now = timezone.now()
    for minutes in (90, 60, 5):
        builders.a_flow(time=now - timedelta(minutes=minutes), server_port=minutes)
    since, until = (f"{now - timedelta(minutes=m):%Y-%m-%dT%H:%M:%SZ}" for m in (70, 50))
    answer = cast.client("viewer").get(f"/flows/?since={since}&until={until}")
    assert [flow.server_port for flow in answer.context["page"].rows] == [60]
    assert b'hx-trigger="every' not in answer.content.partition(b'id="flows"')[2]


@pytest.mark.parametrize(
    "query", ["since=x&until=y", "since=2026-01-02&until=2026-01-01", "since=2026-01-01"]
)
def test_what_is_no_range_is_as_none(cast, query):
    answer = cast.client("viewer").get(f"/flows/?{query}")
    assert answer.context["looking"].is_live


@FAMILIES
def test_flows_come_as_a_file(cast, client, server):
    now = timezone.now()
    builders.a_flow(time=now, client=client, server=server, application="TLS")
    builders.a_live_flow(time=now, client=client, server=server, application="DNS")
    rows = rows_of(cast.client("viewer").get(f"/flows/?format=csv&search={client}&ordering=-bytes"))
    assert {(row["client"], row["application"]) for row in rows} == {
        (client, "TLS"),
        (client, "DNS"),
    }
    assert rows[0]["last_seen"].endswith("+00:00")


@FAMILIES
def test_hosts_come_as_a_file_that_no_spreadsheet_runs(cast, client, server):
    builders.a_host(client, name="=HYPERLINK(1)", seen=timezone.now())
    rows = rows_of(cast.client("viewer").get("/hosts/?format=csv"))
    assert [(row["address"], row["name"]) for row in rows] == [(client, "'=HYPERLINK(1)")]


def test_a_file_is_for_those_who_may_see_the_list(cast):
    assert cast.client("stranger").get("/flows/?format=csv").status_code != 200


def test_a_file_has_its_columns_even_when_empty():
    assert b"".join(csv_of("x", [], {"a": "b", "c": "d"}).streaming_content) == b"a,c\r\n"


@FAMILIES
def test_an_address_that_one_host_has_leads_to_its_page(cast, client, server):
    host = builders.a_host(client, seen=timezone.now())
    builders.a_host(server, seen=timezone.now())
    answer = cast.client("viewer").get(f"/hosts/?search={client}")
    assert answer.url == f"/hosts/{host.pk}/"
    builders.a_host(client, seen=timezone.now(), vlan=7)
    assert cast.client("viewer").get(f"/hosts/?search={client}").status_code == 200


@FAMILIES
@pytest.mark.parametrize(
    "tab", ["overview", "applications", "peers", "ports", "names", "flows", "alerts", "nonsense"]
)
def test_every_tab_of_a_host_opens_full_and_empty(cast, client, server, tab):
    host = builders.a_host(client, seen=timezone.now())
    page = f"/hosts/{host.pk}/?tab={tab}"
    assert cast.client("viewer").get(page).status_code == 200
    detail = {"server_name": "www.example.org"}
    builders.a_flow(
        time=timezone.now(), client=client, server=server, server_port=443, detail=detail
    )
    builders.a_live_flow(time=timezone.now(), client=server, server=client, server_port=22)
    answer = cast.client("viewer").get(page)
    wanted = {"peers": server, "ports": "22/TCP", "names": "www.example.org", "flows": server}
    assert wanted.get(tab, client) in answer.content.decode()


@FAMILIES
def test_conversations_are_a_graph_without_cycles(cast, client, server):
    place = timezone.now() - timedelta(minutes=1), builders.an_interface("eth0").pk
    pairs = [f"{client} {server}", f"{server} {client}"]
    builders.much_traffic([(*place, "peers", pair, {"bytes_sent": 5}) for pair in pairs])
    graph = cast.client("viewer").get("/charts/conversations/").json()
    assert {(link["source"], link["target"]) for link in graph["links"]} == {
        (f"client {client}", f"server {server}"),
        (f"client {server}", f"server {client}"),
    }
    assert {node["name"] for node in graph["nodes"]} == {
        f"{side} {one}" for side in ("client", "server") for one in (client, server)
    }


def test_countries_are_a_map_and_a_list(cast):
    place = timezone.now() - timedelta(minutes=1), builders.an_interface("eth0").pk
    builders.much_traffic([(*place, "country", "DE", {"bytes_sent": 5})])
    found = cast.client("viewer").get("/charts/countries/").json()["countries"]
    assert found == [{"id": "276", "code": "DE", "name": "Germany", "bytes": 5}]
    assert "Germany" in cast.client("viewer").get("/countries/").content.decode()


def test_a_flow_is_drawn_over_its_life(cast):
    now = timezone.now()
    flow = builders.a_flow(time=now, first_seen=now - timedelta(minutes=1))
    chart = cast.client("viewer").get(f"/flows/{flow.flow_id}/chart/").json()
    assert [line["name"] for line in chart["lines"]] == ["To server", "To client"]
    assert len(chart["times"]) == 1
    assert cast.client("viewer").get("/flows/1234567/chart/").status_code == 404


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0", "nas"), ("10.0.0.1", "nas"), ("fd00::/16", "fd00::7"), ("fd00::7", "fd00::7"),
        ("NAS", "nas"), ("00:1b:63", "nas"), ("youtube", "TLS.YouTube"), ("syn fl", "SYN Flood"),
        ("T1498.001", "SYN Flood"), ("eth", "eth0"), ("ledger", "Ledger"),
        ("nobody", "Nothing is called “nobody”"), ("", ""),
    ],
)  # fmt: skip
def test_the_search_box_finds(cast, text, found):
    builders.a_host("10.0.0.1", name="nas", mac="00:1b:63:84:45:01", seen=timezone.now())
    builders.a_host("fd00::7", seen=timezone.now())
    builders.a_flow(application="TLS.YouTube", interface=builders.an_interface("eth0"))
    for headers in ({}, {"HX-Request": "true"}):
        answer = cast.client("viewer").get("/search/", {"q": text}, headers=headers)
        assert found in answer.content.decode()


def test_the_search_box_shows_only_what_may_be_seen(cast):
    builders.a_host("10.0.0.1", name="nas", seen=timezone.now())
    answer = cast.client("stranger").get("/search/", {"q": "nas"})
    assert b"10.0.0.1" not in answer.content
