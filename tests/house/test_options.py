"""The command line of ``up``."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntopweb.up.fault import Fault
from ntopweb.up.options import parse
from ntopweb.up.programs import agents, hosts

ROOT = Path("/project")


def test_nothing_given_means_loopback_port_8000_and_the_project_s_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NTOPWEB_DATA", raising=False)
    options = parse([], ROOT)
    assert (options.url, options.ingest_url) == ("http://127.0.0.1:8000", "http://127.0.0.1:8001")
    assert options.data == ROOT / "data"


@pytest.mark.parametrize(
    ("bind", "url", "host"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", "127.0.0.1"),
        ("localhost", "http://localhost:8000", "localhost"),
        ("::1", "http://[::1]:8000", "[::1]"),
        ("0.0.0.0", "http://127.0.0.1:8000", "*"),
        ("::", "http://[::1]:8000", "*"),
        ("192.0.2.7", "http://192.0.2.7:8000", "192.0.2.7"),
        ("2001:db8::7", "http://[2001:db8::7]:8000", "[2001:db8::7]"),
    ],
)
def test_browsers_may_ask_for_what_is_bound(bind: str, url: str, host: str) -> None:
    options = parse(["--bind", bind], ROOT)
    assert options.url == url
    assert host in hosts(options)


@pytest.mark.parametrize("bind", ["127.0.0.1", "::1", "localhost"])
def test_names_from_outside_are_refused_on_loopback(bind: str) -> None:
    assert "*" not in hosts(parse(["--bind", bind], ROOT))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "0"], "--port 0"),
        (["--port", "65535"], "--port 65535"),
        (["--bind", "everywhere"], "--bind everywhere"),
        (["--pcap", "/nowhere.pcap"], "--pcap /nowhere.pcap"),
        (["--speed", "0"], "--speed 0"),
        (["--speed", "nan"], "--speed nan"),
        (["--exit-when-done"], "--pcap"),
    ],
)
def test_what_cannot_work_is_told_by_its_option(arguments: list[str], words: str) -> None:
    with pytest.raises(Fault, match=words):
        parse(arguments, ROOT)


def test_each_source_has_an_agent(tmp_path: Path) -> None:
    captures = [tmp_path / "a.pcap", tmp_path / "b c.pcap"]
    for path in captures:
        path.touch()
    given = ["--pcap", *map(str, captures), "--speed", "2", "--keep-time"]
    options = parse([*given, "--interface", "eth0", "--interface", "eth1"], ROOT)
    commands = [plan.command for plan in agents(options, with_demonstration=True)]
    assert commands == [
        ["live", "eth0"],
        ["live", "eth1"],
        ["pcap", *map(str, captures), "--speed", "2", "--keep-time"],
        ["demo"],
    ]
