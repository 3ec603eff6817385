"""No file of code is longer than a reader takes in at once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Lines of a file: the house's rule.
MOST = 300
#: The wire contract is one module on purpose, and its length is that of its columns.
TOO_LONG = {"capture_agent/schema.py"}


def lengths() -> dict[str, int]:
    """Return the lines of every tracked Python and Lua file; migrations are records, not code."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.lua"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no git checkout: its files cannot be listed")
    names = [name for name in listed.stdout.split() if "/migrations/" not in name]
    return {n: (ROOT / n).read_bytes().count(b"\n") for n in names if (ROOT / n).exists()}


def test_no_file_is_longer_than_300_lines() -> None:
    long = {name: lines for name, lines in lengths().items() if lines > MOST}
    assert {name: lines for name, lines in long.items() if name not in TOO_LONG} == {}


def test_what_was_split_is_no_exception_any_more() -> None:
    found = lengths()
    assert {name for name in TOO_LONG if found.get(name, 0) <= MOST} == set()
