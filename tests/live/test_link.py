"""Real programs on a real link, captured by an ordinary user with CAP_NET_RAW."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.namespaces import Link, capturing_user, link, python_for_everyone, unavailable

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(bool(unavailable()), reason=unavailable() or "-"),
]


class Watcher:
    """The meter on the right end of the link; ``rows`` are the flow rows so far."""

    def __init__(self, pair: Link) -> None:
        python, environment = python_for_everyone()
        command = [
            python,
            "-m",
            "tests.live.meter_link",
            pair.right_interface,
            "--rows",
            "--idle-timeout",
            "3",
        ]
        self.process = subprocess.Popen(
            pair.on_right(*capturing_user(*command)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd="/tmp",
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.rows: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()
        ready = self._line(240)  # a first start compiles the meter
        if not ready.startswith("ready"):
            raise RuntimeError(f"the meter did not start: {ready}")

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line)
        self.lines.put("closed: " + (self.process.stderr.read() if self.process.stderr else ""))

    def _line(self, seconds: float) -> str:
        return self.lines.get(timeout=seconds)

    def wait_for(self, seconds: float, **wanted: Any) -> dict[str, Any]:
        """Return the first row with these values; fails after so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for row in self.rows:
                if all(row[key] == value for key, value in wanted.items()):
                    return row
            try:
                line = self._line(0.5)
            except queue.Empty:
                continue
            if line.startswith("["):
                self.rows += json.loads(line)
            else:
                pytest.fail(line)
        return pytest.fail(f"no flow {wanted} among {self.rows}")


@pytest.fixture(scope="module")
def pair() -> Iterator[Link]:
    with link() as made:
        yield made


@pytest.fixture(scope="module")
def watcher(pair: Link) -> Iterator[Watcher]:
    made = Watcher(pair)
    yield made
    made.process.terminate()
    made.process.wait(20)


@pytest.fixture(scope="module")
def web(pair: Link) -> Iterator[None]:
    """Serve a folder of our own over HTTP, on both families, from the left."""
    server = subprocess.Popen(
        pair.on_left(
            "/usr/bin/python3",
            "-m",
            "http.server",
            "8080",
            "--bind",
            "::",
            "--directory",
            "/usr/share/doc/iproute2",
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1)
    yield
    server.kill()


@pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
def test_curl_is_an_http_flow_of_the_host_that_asked(
    pair: Link, watcher: Watcher, web: None, family: int
) -> None:
    host = pair.left_addresses[family]
    url = f"http://[{host}]:8080/" if family else f"http://{host}:8080/"
    subprocess.run(pair.on_right("curl", "-sS", "-o", "/dev/null", url), check=True)
    row = watcher.wait_for(30, client=pair.right_addresses[family], server_port=8080, event="end")
    assert (row["server"], row["l4"]) == (host, 6)
    assert row["application"].startswith("HTTP")
    assert row["http_status"] == 200
    assert row["bytes_to_client"] > row["bytes_to_server"] > 0
    assert row["rtt_server_ms"] is not None


@pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
def test_dig_is_a_dns_flow_with_its_question(pair: Link, watcher: Watcher, family: int) -> None:
    server = subprocess.Popen(
        pair.on_left(
            "dnsmasq",
            "--no-daemon",
            "--no-resolv",
            "--no-hosts",
            "--address=/printer.example/10.200.0.9",
            "--user=root",
            "--pid-file=",
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1)
        subprocess.run(
            pair.on_right(
                "dig", f"@{pair.left_addresses[family]}", "printer.example", "+tries=3", "+time=2"
            ),
            check=True,
            stdout=subprocess.DEVNULL,
        )
    finally:
        server.kill()
    row = watcher.wait_for(30, client=pair.right_addresses[family], server_port=53, event="end")
    assert row["application"].startswith("DNS")
    assert row["dns_query"] == "printer.example"


def test_iperf3_bytes_are_right_and_the_flow_ends_on_a_silent_link(
    pair: Link, watcher: Watcher
) -> None:
    server = subprocess.Popen(pair.on_left("iperf3", "-s", "-1"), stdout=subprocess.DEVNULL)
    time.sleep(1)
    report = subprocess.run(
        pair.on_right("iperf3", "-c", pair.left_addresses[0], "-n", "5M", "-b", "40M", "--json"),
        check=True,
        capture_output=True,
        text=True,
    )
    server.wait(20)
    sent = json.loads(report.stdout)["end"]["sum_sent"]["bytes"]
    port = json.loads(report.stdout)["start"]["connected"][0]["local_port"]
    row = watcher.wait_for(40, client_port=port, server_port=5201, event="end")
    assert sent < row["bytes_to_server"] < sent * 1.12  # headers of segments add to the payload
