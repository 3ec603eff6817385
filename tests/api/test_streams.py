"""Fields, whole lists as CSV and NDJSON, and conditions on flows."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from monitoring.api import streams
from tests.api.problems import reasons
from tests.monitoring import builders
from tests.monitoring.builders import NOON

SPAN = "since=2026-11-24T00:00:00Z&until=2026-11-25T00:00:00Z"


@pytest.fixture
def seven_flows(db):
    for number in range(7):
        client = f"10.0.0.{number}" if number % 2 else f"2001:db8::{number}"
        detail = {"server_name": f"h{number}.example"}
        builders.a_flow(
            client=client, time=NOON - timedelta(seconds=number), server_port=440 + number,
            application="DNS" if number < 3 else "TLS", detail=detail,
        )  # fmt: skip


def body(answer):
    return b"".join(answer.streaming_content).decode()


def test_only_the_fields_that_are_asked_for_come(cast, seven_flows):
    answer = cast.api("viewer").get(f"/api/v1/flows/?{SPAN}&fields=client,bytes_to_server")
    assert {tuple(row) for row in answer.json()["results"]} == {("client", "bytes_to_server")}
    wrong = cast.api("viewer").get("/api/v1/flows/?fields=client,nonsense")
    assert "No such field: nonsense" in reasons(wrong)["fields"][0]


@pytest.mark.parametrize(("limit", "rows"), [("", 7), ("&limit=3", 3)])
def test_a_stream_reads_page_by_page_to_the_end(cast, seven_flows, monkeypatch, limit, rows):
    monkeypatch.setattr(streams, "STEP", 2)
    api = cast.api("viewer")
    lines = body(api.get(f"/api/v1/flows/?{SPAN}&format=ndjson{limit}")).splitlines()
    ports = [json.loads(line)["server_port"] for line in lines]
    assert ports == list(range(440, 440 + rows))
    table = body(api.get(f"/api/v1/flows/?{SPAN}&format=csv&fields=client,server_port{limit}"))
    found = list(csv.DictReader(io.StringIO(table)))
    assert [int(row["server_port"]) for row in found] == ports


def test_a_stream_may_be_asked_for_by_accept(cast, seven_flows):
    answer = cast.api("viewer").get(f"/api/v1/flows/?{SPAN}", HTTP_ACCEPT="text/csv")
    assert answer["Content-Type"] == "text/csv" and body(answer).count("\n") == 8


def test_a_wrong_stream_is_refused_before_it_begins(cast):
    answer = cast.api("viewer").get("/api/v1/flows/?format=csv&cursor=x")
    assert list(reasons(answer)) == ["cursor"]
    assert list(reasons(cast.api("viewer").get("/api/v1/flows/?format=xml"))) == ["format"]


def test_no_text_becomes_a_formula(cast):
    builders.a_host("10.0.0.1", name="=cmd|x")
    answer = cast.api("viewer").get("/api/v1/hosts/?format=csv&fields=name")
    assert body(answer).splitlines() == ["name", "'=cmd|x"]


@pytest.mark.parametrize(
    ("condition", "ports"),
    [
        ("application = 'DNS'", [440, 441, 442]),
        ("server_port > 444", [445, 446]),
        ("in_network(client, '2001:db8::/32') AND server_port < 443", [440, 442]),
        ("in_network(client, '10.0.0.0/8') AND server_port < 444", [441, 443]),
        ("server_name = 'h5.example'", [445]),
        ("NOT (server_name LIKE 'h%')", []),
    ],
)
def test_flows_are_found_by_a_condition(cast, seven_flows, condition, ports):
    answer = cast.api("viewer").get(f"/api/v1/flows/?{SPAN}", {"q": condition})
    assert [row["server_port"] for row in answer.json()["results"]] == ports


@pytest.mark.parametrize("live", [True, False])
def test_a_condition_holds_for_active_flows_too(cast, live):
    builders.a_live_flow(time=NOON, server_port=53 if live else 54)
    found = cast.api("viewer").get(f"/api/v1/flows/?{SPAN}", {"q": "server_port = 53"}).json()
    assert len(found["results"]) == live


@pytest.mark.parametrize("condition", ["nonsense = 1", "application =", "1", "'; DROP TABLE flow"])
def test_what_is_no_condition_is_refused(cast, condition):
    assert list(reasons(cast.api("viewer").get("/api/v1/flows/", {"q": condition}))) == ["q"]
