"""``/healthz``."""

from __future__ import annotations

import shutil
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from redis import ConnectionError as RedisConnectionError

from monitoring.heartbeat import beat
from ntopweb import health
from ntopweb.up.data import DataFolder, write_json

pytestmark = pytest.mark.django_db

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """The data folder of an ``up`` under which this process runs, with all processes alive."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setenv("NTOPWEB_SUPERVISED", "1")
    monkeypatch.setattr(health, "alive", set)
    made = DataFolder(tmp_path)
    made.make()
    report(made)
    return made


def report(data: DataFolder, age: float = 0, **states: tuple[str, str]) -> None:
    """Write what the supervisor says, everything running but for ``states``."""
    names = [*health.PROCESSES, "postgres", "agent-pcap"]
    programs = {n: {"state": "running", "reason": "", "restarts": 0, "pid": 1} for n in names}
    for name, (state, reason) in states.items():
        programs[name.replace("_", "-")] |= {"state": state, "reason": reason, "restarts": 1}
    write_json(data.state_file, {"time": time.time() - age, "programs": programs})


def ask() -> tuple[int, dict[str, Any]]:
    """Return the status and the parts."""
    answer = Client().get("/healthz")
    found = answer.json()
    assert found["status"] == ("ok" if answer.status_code == 200 else "down")
    return answer.status_code, found["parts"]


def test_it_is_green_when_everything_is_up_and_needs_no_login(data: DataFolder) -> None:
    status, parts = ask()
    assert status == 200
    wanted = {"database", "redis", *health.PROCESSES, "agents", "storage"}
    assert set(parts) == wanted
    assert all(part["status"] == "ok" for part in parts.values())


@pytest.mark.parametrize("name", ["ingest", "worker", "scripts", "deliveries", "beat", "lifecycle"])
def test_a_process_that_is_restarted_is_down_with_the_reason(data: DataFolder, name: str) -> None:
    report(data, **{name: ("restarting", "was ended by SIGKILL; restart 1 in 0.5 s")})
    status, parts = ask()
    assert status == 503
    assert parts[name]["status"] == "down"
    assert "SIGKILL" in parts[name]["reason"]


def test_a_process_that_runs_without_a_sign_of_life_is_not_up(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "alive", lambda parts: set(parts) - {"worker"})
    status, parts = ask()
    assert (status, parts["worker"]["status"]) == (503, "starting")


def test_signs_of_life_come_through_redis() -> None:
    assert health.process("sample", None, health.alive(["sample"])) != health.OK
    beat("sample")
    assert health.process("sample", None, health.alive(["sample"])) == health.OK


def test_redis_away_is_one_part_down_not_all(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(parts: object) -> set[str]:
        raise RedisConnectionError("refused")

    monkeypatch.setattr(health, "alive", fail)
    status, parts = ask()
    assert status == 503
    assert [name for name, part in parts.items() if part["status"] != "ok"] == ["redis"]


def test_the_database_away_is_told(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("connection to 10.0.0.1 failed: password of ntopweb")

    monkeypatch.setattr(connection, "cursor", fail)
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == {"status": "down", "reason": "no answer"}
    assert b"10.0.0.1" not in answer.content


@pytest.mark.parametrize(
    ("state", "is_up"),
    [("running", True), ("done", True), ("restarting", False), ("failed", False)],
)
def test_an_agent_that_has_done_its_work_is_no_fault(
    data: DataFolder, state: str, is_up: bool
) -> None:
    report(data, agent_pcap=(state, "for a reason"))
    status, parts = ask()
    assert (status == 200) is is_up
    assert is_up or "agent-pcap" in parts["agents"]["reason"]


def test_a_supervisor_that_does_not_report_is_told(data: DataFolder) -> None:
    report(data, age=60)
    status, parts = ask()
    assert status == 503
    assert parts["supervisor"]["status"] == "down"


@pytest.mark.parametrize(
    ("free", "status"), [(health.DISK_RESERVE, 200), (health.DISK_RESERVE - 1, 503)]
)
def test_a_full_disk_is_told_in_words(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch, free: int, status: int
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, free))
    found, parts = ask()
    assert found == status
    assert status == 200 or "MB are free" in parts["storage"]["reason"]


def test_without_up_the_signs_of_life_decide(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NTOPWEB_SUPERVISED")
    data.state_file.unlink()
    assert ask()[0] == 200
    monkeypatch.setattr(health, "alive", lambda parts: set(parts) - {"beat"})
    assert ask()[1]["beat"]["status"] == "down"


def test_the_first_page_is_the_login_for_strangers() -> None:
    answer = Client().get("/", follow=True)
    assert answer.status_code == 200
    assert b'name="password"' in answer.content


@pytest.mark.parametrize(("path", "status"), [("/api/schema/", 401), ("/api/docs/", 302)])
def test_the_api_reference_is_for_users(path: str, status: int) -> None:
    assert Client().get(path).status_code == status
