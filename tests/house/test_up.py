"""``manage.py up``: everything, really started, as an operator meets it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.house.running import (
    PATIENCE,
    ROOT,
    Up,
    as_ordinary,
    free_port,
    processes_of,
    wait_until,
)

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small capture: 40 DNS questions over IPv4 and IPv6, each with its answer."""
    from tests.house.capture import write_questions

    path: Path = tmp_path_factory.mktemp("capture") / "questions.pcap"
    write_questions(path, 40)
    return path


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder below /tmp; nothing works with it afterwards."""
    folder = Path(f"/tmp/ntopweb-up-{os.getpid()}")
    folder.mkdir()
    yield folder / "data"
    for pid in processes_of(folder):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


def test_from_nothing_to_flows_and_back(data: Path, capture: Path) -> None:
    up = Up(data, "--pcap", str(capture))
    up.wait_for_green()
    credentials = up.credentials()
    assert (data / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert set(credentials) == {
        *("url", "ingest_url", "username", "password", "api_token", "agent_token")
    }
    assert up.text.count(credentials["password"]) == 1
    login = httpx.get(f"{credentials['url']}/", follow_redirects=True)
    assert login.status_code == 200
    assert 'name="password"' in login.text
    wait_until(lambda: up.programs()["agent-pcap"]["state"] == "done", f"replayed; {up.text}")
    assert up.is_green()
    flows = wait_until(lambda: up.get("flows/")["results"], "flows")
    assert {flow["server_port"] for flow in flows} == {53}
    assert up.stop() < 20
    assert processes_of(data) == []

    second = Up(data)
    second.wait_for_green()
    assert credentials["password"] not in second.text
    assert second.credentials()["password"] == credentials["password"]
    assert second.credentials()["api_token"] == credentials["api_token"]
    assert {flow["server_port"] for flow in second.get("flows/")["results"]} == {53}
    assert "agent-demo" not in second.programs()
    assert second.stop(signal.SIGTERM) < 20


def test_without_a_source_the_demonstration_runs_and_dead_children_come_back(data: Path) -> None:
    up = Up(data)
    up.wait_for_green()
    wait_until(lambda: up.get("hosts/")["results"], "hosts of the demonstration")
    for name in ("ingest", "worker", "scripts", "deliveries", "lifecycle", "valkey", "postgres"):
        os.kill(up.programs()[name]["pid"], signal.SIGKILL)
        wait_until(lambda name=name: up.programs()[name]["restarts"] == 1, f"{name} restarted")
        assert f"{name} was ended by SIGKILL; restart 1" in up.text
        wait_until(up.is_green, f"green after {name}; {up.text}")
    os.kill(up.process.pid, signal.SIGKILL)
    up.wait_for_end()
    again = Up(data)
    again.wait_for_green()
    assert again.programs()["agent-demo"]["state"] == "running"
    again.stop()
    assert processes_of(data) == []


def test_it_ends_once_all_captures_are_stored_and_checked(data: Path, capture: Path) -> None:
    up = Up(data, "--pcap", str(capture), "--exit-when-done")
    assert up.wait_for_end() == 0, up.text
    assert "all captures are replayed, stored and checked" in up.text
    assert processes_of(data) == []


def test_a_capture_that_cannot_be_read_ends_it_with_one_line(data: Path) -> None:
    data.mkdir()
    broken = data / "broken.pcap"
    broken.write_bytes(b"this is no capture at all, it is text")
    up = Up(data, "--pcap", str(broken), "--exit-when-done")
    assert up.wait_for_end() == 1
    told = f"ntopweb: --pcap {broken}: not a pcap or pcapng file"
    assert up.text.strip().splitlines()[-1].startswith(told)
    assert processes_of(data) == []


def test_a_busy_port_ends_it_with_one_line(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        port = taken.getsockname()[1]
        up = Up(data, "--port", str(port))
        assert up.wait_for_end() == 1
    lines = [line for line in up.text.splitlines() if line.startswith("ntopweb:")]
    assert lines == [
        f"ntopweb: port {port} for the pages is in use: stop what uses it, or give another with "
        "--port N"
    ]


def test_a_second_up_with_the_same_folder_is_refused(data: Path) -> None:
    up = Up(data)
    wait_until(lambda: (data / "run" / "state.json").exists(), "started")
    other = Up(data)
    assert other.wait_for_end() == 1
    assert f"already runs with {data} (process {up.process.pid})" in other.text
    up.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become an ordinary user")
def test_an_ordinary_user_runs_it_too(data: Path, capture: Path) -> None:
    if subprocess.run([*as_ordinary(65_534), "test", "-x", sys.executable]).returncode:
        pytest.skip("this Python is root's alone: run the tests with one that others may start")
    os.chown(data.parent, 65_534, 65_534)
    up = Up(data, "--interface", "lo", as_user=65_534)
    assert up.wait_for_end() == 1
    assert "capturing on lo is not permitted: run as root, or" in up.text
    shutil.copy(capture, data.parent / "questions.pcap")
    up = Up(data, "--pcap", str(data.parent / "questions.pcap"), as_user=65_534)
    up.wait_for_green()
    assert data.stat().st_uid == 65_534
    # This user's agent has no compiled meter yet: a minute of CPU, which others want too.
    assert wait_until(lambda: up.get("flows/")["results"], "flows", 3 * PATIENCE)
    up.stop()


def test_the_project_has_no_data_of_its_own() -> None:
    assert "/data/" in (ROOT / ".gitignore").read_text().splitlines()
