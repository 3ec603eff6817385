"""Batches are kept for scripts, looked at once, and not lost by whatever dies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from alerts.lifecycle import process_round
from alerts.models import Alert
from capture_agent import schema
from checks.lua.models import Run, Script
from checks.models import sync_settings
from monitoring.ingest import batches
from monitoring.models import Batch, Flow
from ntopweb import lua, pipeline
from tests.pipeline.conftest import body, flows, post, token

pytestmark = pytest.mark.django_db
__all__ = ["token"]


@pytest.fixture(autouse=True)
def settings_known(nothing_remembered: None) -> None:
    lua.forget_wanted()


def enable(source: str = "flow.triggerAlert(77, flow.cli())") -> Script:
    sync_settings()
    script = Script.objects.create(name="mine", target="flow_end", state="enabled")
    script.write(source)
    lua.forget_wanted()
    return script


def follow() -> int:
    now = datetime.now(UTC)
    rows = lua.follow(now)
    process_round(now)
    return rows


@pytest.mark.parametrize("client_address", ["192.168.1.10", "fd00::10"])
def test_a_stored_flow_reaches_the_script_once(
    client: Client, token: str, client_address: str
) -> None:
    enable()
    answer = post(client, token, body(flows({"client": client_address})))
    assert answer.status_code == 200, answer.content
    assert batches.backlog(datetime.now(UTC)).batches == 1
    assert [follow(), follow()] == [1, 0]
    alert = Alert.objects.get(check_key="custom_lua_script")
    assert (alert.message, alert.score) == (f"mine: {client_address}", 77)
    assert Batch.objects.get().state == "done"
    assert Run.objects.get().rows == 1


def test_a_batch_of_json_reaches_it_too(client: Client, token: str) -> None:
    enable()
    now = datetime.now(UTC).isoformat()
    row = {"first_seen": now, "last_seen": now, "client": "fd00::1", "server": "::2", "l4": 6}
    sent = post(
        client, token, json.dumps({"rows": [row]}).encode(),
        content_type=schema.JSON_CONTENT_TYPE, **{"Content-Encoding": ""},
    )  # fmt: skip
    assert sent.status_code == 200, sent.content
    assert follow() == 1
    assert Alert.objects.get(check_key="custom_lua_script").client == "fd00::1"


def test_nothing_is_kept_while_no_script_looks(client: Client, token: str) -> None:
    post(client, token, body(flows({})))
    assert not Batch.objects.exists()
    assert pipeline.wanted_events() == lua.wanted_events() | pipeline.wanted_events()


def test_a_script_of_starts_makes_agents_send_them(client: Client, token: str) -> None:
    enable()
    Script.objects.update(target="flow_start")
    lua.forget_wanted()
    assert "start" in pipeline.wanted_events()


def test_refused_rows_are_not_shown_to_scripts(client: Client, token: str) -> None:
    enable()
    rows: list[dict[str, Any]] = [{}, {"first_seen": datetime(2001, 1, 1, tzinfo=UTC)}, {"l4": 17}]
    table = flows(*rows)
    table[1, "last_seen"] = datetime(2001, 1, 1, tzinfo=UTC)
    answer = post(client, token, body(table))
    assert answer.json()["refused"] == 1
    assert follow() == 2


def test_what_fails_in_the_middle_is_done_again_and_found_once(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enable()
    post(client, token, body(flows({})))
    finish = batches.finish

    def die(*_: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(batches, "finish", die)
    with pytest.raises(RuntimeError):
        lua.follow(datetime.now(UTC))
    monkeypatch.setattr(batches, "finish", finish)
    assert follow() == 1
    assert Alert.objects.get(check_key="custom_lua_script").count == 1
    assert Run.objects.get().hits == 1


def test_a_kept_batch_that_cannot_be_read_is_set_aside(client: Client, token: str) -> None:
    enable()
    post(client, token, body(flows({})), 1)
    post(client, token, body(flows({})), 2)
    Batch.objects.filter(pk=Batch.objects.first().pk).update(arrow=b"nonsense")  # type: ignore[union-attr]
    assert follow() == 1
    assert sorted(Batch.objects.values_list("state", flat=True)) == ["done", "failed"]
    assert Flow.objects.count() == 2
