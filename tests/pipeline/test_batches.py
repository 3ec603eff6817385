"""What becomes of a posted batch."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import connection
from django.test import Client

from capture_agent import schema
from checks import frames
from monitoring import compaction, retention
from monitoring.ingest.store import BREEDS, CONFIDENCES
from monitoring.models import Agent, Flow, FlowDetail, FlowLive, Host, Interface, LedgerLine
from ntopweb import pipeline
from tests.monitoring.builders import an_interface
from tests.pipeline.conftest import body, flows, post

pytestmark = pytest.mark.django_db

FAMILIES = [("192.168.1.10", "203.0.113.5"), ("fd00::10", "2001:db8::5")]


def sums(table: str, dimension: str) -> dict[str, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT key, sum(bytes_sent), sum(bytes_received) FROM {table}"
            " WHERE dimension = %s GROUP BY key",
            [dimension],
        )
        return {key: (int(sent), int(received)) for key, sent, received in cursor.fetchall()}


def a_host_frame(address: str) -> pl.DataFrame:
    high, low = schema.pack(address)
    return (
        frames.sample("host", 1)
        .select(list(schema.HOST))
        .with_columns(
            pl.lit(datetime.now(UTC)).cast(schema.TIME).alias("time"),
            pl.lit(high, pl.UInt64).alias("host_high"),
            pl.lit(low, pl.UInt64).alias("host_low"),
            pl.lit(700, pl.UInt64).alias("bytes_sent"),
        )
    )


@pytest.mark.parametrize(("client_address", "server_address"), FAMILIES)
def test_a_flow_is_stored_as_it_was_seen(
    client: Client, token: str, client_address: str, server_address: str
) -> None:
    row = {"client": client_address, "server": server_address, "rtt_server_ms": None}
    answer = post(client, token, body(flows({**row, "server_name": "example.org"})))
    assert answer.status_code == 200, answer.content
    assert answer.json()["stored"] == 1
    stored = Flow.objects.get()
    assert (stored.client, stored.server, stored.server_port) == (
        client_address,
        server_address,
        443,
    )
    assert stored.application.name == "TLS"
    assert stored.rtt_server_ms is None
    assert schema.EVENT.categories[stored.event] == "end"
    assert stored.direction == frames.DIRECTION.categories.to_list().index("local_to_remote")
    assert FlowDetail.objects.get().detail == {"server_name": "example.org"}


def test_a_repeated_batch_is_counted_and_stored_once(client: Client, token: str) -> None:
    data = body(flows({}, {}))
    first, second = post(client, token, data), post(client, token, data)
    assert (first.json()["repeated"], second.json()["repeated"]) == (False, True)
    assert second.json()["stored"] == 2
    assert Flow.objects.count() == 2
    assert LedgerLine.objects.get().repeated == 1
    compaction.compact()
    assert sums("traffic_1m", "l4") == {"TCP": (2000, 10_000)}
    assert sums("traffic_1m", "peers") == {"192.168.1.10 203.0.113.5": (2000, 10_000)}


def test_refused_rows_are_counted_by_reason_and_the_others_stored(
    client: Client, token: str
) -> None:
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = [
        {},
        {"last_seen": now - timedelta(days=400), "first_seen": now - timedelta(days=400)},
        {"last_seen": now + timedelta(minutes=6)},
        {"first_seen": now + timedelta(minutes=1)},
        {"flow_id": 0},
    ]
    rows[1]["interval_start"] = rows[1]["first_seen"]
    answer = post(client, token, body(flows(*rows, now=now))).json()
    assert (answer["rows"], answer["stored"], answer["refused"]) == (5, 1, 4)
    assert answer["refused_by_reason"] == {
        "last_seen: older than the retention": 1,
        "last_seen: in the future": 1,
        "first_seen: after last_seen": 1,
        "flow_id: not positive": 1,
    }
    assert Flow.objects.count() == 1


def test_a_row_within_five_minutes_ahead_is_stored(client: Client, token: str) -> None:
    ahead = datetime.now(UTC) + timedelta(minutes=4, seconds=50)
    assert post(client, token, body(flows({"last_seen": ahead}))).json()["stored"] == 1


def test_an_active_flow_is_live_until_it_ends(client: Client, token: str) -> None:
    post(client, token, body(flows({"event": "detected"})), 1)
    assert FlowLive.objects.get().event == 1
    post(client, token, body(flows({"event": "update"})), 2)
    assert FlowLive.objects.get().event == 2
    post(client, token, body(flows({"event": "end"})), 3)
    assert not FlowLive.objects.exists()
    assert sorted(Flow.objects.values_list("event", flat=True)) == [2, 3]


def test_a_flow_whose_agent_went_silent_is_closed(client: Client, token: str) -> None:
    now = datetime.now(UTC)
    post(client, token, body(flows({"event": "update"}, now=now)))
    assert retention.close_stale(now + timedelta(minutes=4)) == 0
    assert retention.close_stale(now + timedelta(minutes=6)) == 1
    assert not FlowLive.objects.exists()
    end = Flow.objects.get(event=3)
    assert (end.bytes_to_server_delta, end.flow_id) == (0, 1)


def test_nul_characters_do_not_stop_a_batch(client: Client, token: str) -> None:
    row = {"http_user_agent": 'a\0b\\u0000"tls":null,', "application": "X\0Y"}
    assert post(client, token, body(flows(row))).status_code == 200
    assert FlowDetail.objects.get().detail == {"http_user_agent": 'ab\\u0000"tls":null,'}
    assert Flow.objects.get().application.name == "XY"


@pytest.mark.parametrize("address", ["192.168.1.10", "fd00::10"])
def test_hosts_add_up_over_batches(client: Client, token: str, address: str) -> None:
    row = a_host_frame(address)
    for sequence in (1, 2):
        answer = post(client, token, body(row), sequence, **{schema.HEADER_FRAME: "host"})
        assert answer.status_code == 200, answer.content
    host = Host.objects.get()
    assert (host.address, host.bytes_sent, host.is_local) == (address, 1400, True)
    compaction.compact()
    assert compaction.compact() == 0
    assert sums("traffic_10s", "host") == {address: (1400, 0)}
    assert sums("traffic_1d", "host") == {address: (1400, 0)}


@pytest.mark.parametrize("breed", ["Potentially_Dangerous", "Tracker_Ads"])
def test_a_breed_is_stored_as_ndpi_names_it(client: Client, token: str, breed: str) -> None:
    post(client, token, body(flows({"breed": breed, "confidence": "DPI (partial cache)"})))
    stored = Flow.objects.get()
    assert BREEDS[stored.breed] == breed
    assert CONFIDENCES[stored.confidence] == "DPI (partial cache)"


def test_json_does_as_well(client: Client, token: str) -> None:
    now = datetime.now(UTC)
    row = {
        "first_seen": (now - timedelta(seconds=1)).isoformat(),
        "last_seen": now.isoformat(),
        "client": "10.0.0.1",
        "server": "2001:db8::1",
        "l4": 17,
        "bytes_to_server": 10,
    }
    headers = {"content_type": schema.JSON_CONTENT_TYPE, "Content-Encoding": "identity"}
    answer = post(client, token, json.dumps({"rows": [row]}).encode(), **headers)
    assert answer.status_code == 200, answer.content
    assert Flow.objects.get().bytes_to_server_delta == 10


REFUSALS = [
    (401, {"Authorization": "Token wrong"}, b"", "unknown token"),
    (415, {"content_type": "text/plain"}, b"x", "text/plain"),
    (415, {"Content-Encoding": "gzip"}, b"x", "gzip"),
    (422, {}, b"no zstd", "no zstd"),
    (422, {schema.HEADER_FRAME: "cake"}, b"", schema.HEADER_FRAME),
    (422, {schema.HEADER_SEQUENCE: "0"}, b"", schema.HEADER_SEQUENCE),
    (422, {schema.HEADER_SESSION: "me"}, b"", schema.HEADER_SESSION),
]


@pytest.mark.parametrize(("status", "headers", "data", "word"), REFUSALS)
def test_a_refusal_names_the_field(
    client: Client, token: str, status: int, headers: dict[str, str], data: bytes, word: str
) -> None:
    answer = post(client, token, data, **headers)
    assert answer.status_code == status
    assert word in answer.json()["error"]
    assert not LedgerLine.objects.exists()


def test_a_missing_column_is_named(client: Client, token: str) -> None:
    answer = post(client, token, body(flows({}).drop("server_port")))
    assert (answer.status_code, answer.json()["error"]) == (
        422,
        "server_port: the column is missing",
    )


def test_a_body_that_unpacks_to_too_much_is_refused(
    client: Client, token: str, settings: Any
) -> None:
    settings.INGEST_MAX_DECOMPRESSED_BYTES = 1000
    answer = post(client, token, body(flows(*({} for _ in range(500)))))
    assert answer.status_code == 413


def test_a_disabled_agent_is_refused(client: Client, token: str) -> None:
    Agent.objects.update(is_enabled=False)
    assert post(client, token, body(flows({}))).status_code == 401


def test_an_agent_is_told_what_is_wanted(client: Client, token: str) -> None:
    answer = client.get(schema.WANTED_PATH, headers={"Authorization": f"Token {token}"}).json()
    assert set(answer["events"]) <= set(schema.EVENT.categories)
    assert datetime.fromisoformat(answer["clock"]).tzinfo


def test_an_interface_that_a_twin_has_made_meanwhile_is_taken(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = an_interface(agent=Agent.objects.get())
    monkeypatch.setattr(pipeline, "_find_interface", lambda *_: None)
    assert post(client, token, body(flows({}))).status_code == 200
    assert Flow.objects.get().interface_id == made.pk
    assert Interface.objects.count() == 1


def test_a_batch_makes_its_interface_and_a_sign_of_life(client: Client, token: str) -> None:
    post(client, token, body(flows({})), **{schema.HEADER_COUNTERS: '{"received": 9}'})
    assert Interface.objects.get().kind == "live"
    agent = Agent.objects.get()
    assert agent.last_seen_at is not None
    assert agent.counters == {"received": 9}
