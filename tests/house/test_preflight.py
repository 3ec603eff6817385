"""What must hold before anything starts."""

from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from ntopweb.up import preflight
from ntopweb.up.fault import Fault

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize("bind", ["127.0.0.1", "::1"])
def test_a_busy_port_names_the_port_and_the_way_out(bind: str) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as taken:
        taken.bind((bind, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Fault, match=f"port {port} for the pages is in use.*--port N"):
            preflight.check_port(bind, port, "the pages")
    preflight.check_port(bind, port, "the pages")


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(Fault, match=r"192\.0\.2\.1.*--bind"):
        preflight.check_port("192.0.2.1", 8000, "the pages")


@pytest.mark.parametrize(
    ("free", "is_enough"), [(preflight.ROOM, True), (preflight.ROOM - 1, False)]
)
def test_a_full_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, is_enough: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, free))
    if is_enough:
        preflight.check_disk(tmp_path)
    else:
        with pytest.raises(Fault, match="make room"):
            preflight.check_disk(tmp_path)


def test_an_unknown_card_is_told_with_the_known_ones() -> None:
    with pytest.raises(Fault, match=r"this machine has .*lo"):
        preflight.check_capture("no-such-card")


def test_a_missing_permission_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        raise PermissionError

    monkeypatch.setattr(preflight.socket, "socket", refuse)
    with pytest.raises(Fault, match=r"run as root, or .*net_raw"):
        preflight.check_capture("lo")


PCAPS = ["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "0a0d0d0a"]


@pytest.mark.parametrize("magic", PCAPS)
def test_a_capture_file_is_accepted(tmp_path: Path, magic: str) -> None:
    path = tmp_path / "one.pcap"
    path.write_bytes(bytes.fromhex(magic) + bytes(20))
    preflight.check_file(path)


@pytest.mark.parametrize(("content", "reason"), [(b"", "is empty"), (b"hello", "not a pcap")])
def test_a_file_that_is_no_capture_is_told(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "none.pcap"
    path.write_bytes(content)
    with pytest.raises(Fault, match=rf"none\.pcap.*{reason}"):
        preflight.check_file(path)
