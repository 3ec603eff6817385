"""The command line before anything is installed."""

from __future__ import annotations

import ast
import errno
import subprocess
import sys
from pathlib import Path

import pytest

from ntopweb.up import command, entry, preflight
from ntopweb.up.data import DataFolder
from ntopweb.up.fault import Fault
from ntopweb.up.options import Options

ROOT = Path(__file__).resolve().parents[2]


def test_manage_py_parses_in_an_old_python() -> None:
    ast.parse((ROOT / "manage.py").read_text(), feature_version=(3, 4))
    assert all(ord(letter) < 128 for letter in (ROOT / "manage.py").read_text())


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_an_old_python_says_in_one_line_what_to_do(version: tuple[int, ...]) -> None:
    code = f"import sys, runpy; sys.version_info = {version}; runpy.run_path('manage.py')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert f"this is {version[0]}.{version[1]}" in done.stderr


def test_a_fault_ends_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: str, arguments: list[str]) -> int:
        raise Fault("the disk is full: make room")

    monkeypatch.setattr(entry, "run_own", fail)
    with pytest.raises(SystemExit) as ended:
        entry.main(["manage.py", "up"])
    assert ended.value.code == "ntopweb: the disk is full: make room"


def test_a_disk_that_fills_up_ends_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: str, arguments: list[str]) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/run/lock")

    monkeypatch.setattr(entry, "run_own", fail)
    with pytest.raises(SystemExit, match=r"No space left .*'/data/run/lock': make room") as ended:
        entry.main(["manage.py", "up"])
    assert "\n" not in str(ended.value.code)


def test_nothing_is_written_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not the lock, of which a disk without a single block would make a traceback."""
    monkeypatch.setattr(preflight, "ROOM", 1 << 62)
    monkeypatch.setattr(DataFolder, "lock", lambda self: pytest.fail("locked"))
    with pytest.raises(Fault, match="make room"):
        command.run(Options(data=tmp_path / "data"), ROOT)


def test_a_wrong_option_is_told_before_anything_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entry.bootstrap, "prepare", lambda *a, **k: pytest.fail("installed"))
    with pytest.raises(SystemExit) as ended:
        entry.main(["manage.py", "up", "--pcap", "/nowhere.pcap"])
    assert "/nowhere.pcap" in str(ended.value.code)
