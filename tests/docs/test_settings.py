"""docs/settings.md names every variable of the environment, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.pages import ROOT, page, quoted, rows

PACKAGES = ("capture_agent", "monitoring", "checks", "alerts", "recipients", "ntopweb")
VARIABLE = re.compile(r"\b(?:NTOPWEB_[A-Z_]+[A-Z]|DATABASE_URL|REDIS_URL)\b")


def in_code() -> set[str]:
    """Return every variable that the code reads or tells of."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {name for path in files for name in VARIABLE.findall(Path(path).read_text())}


def test_every_variable_of_the_code_is_described() -> None:
    assert in_code() - set(VARIABLE.findall(page("settings.md"))) == set()


def test_every_variable_that_is_described_exists() -> None:
    assert set(VARIABLE.findall(page("settings.md"))) - in_code() == set()


def test_each_variable_of_the_table_has_a_default_and_a_meaning() -> None:
    table = [row for row in rows(page("settings.md")) if row[0].startswith("`")]
    assert len(table) > 20
    for row in table:
        assert len(row) == 3, row
        assert all(VARIABLE.fullmatch(name) for name in quoted(row[0])), row


def test_the_retentions_are_those_of_the_settings(settings: object) -> None:
    days = settings.RETENTION_DAYS  # type: ignore[attr-defined]
    told = {row[0]: row[1] for row in rows(page("settings.md")) if len(row) == 2}
    traffic = [days[f"traffic_{step}"] for step in ("10s", "1m", "1h", "1d")]
    assert [told[key] for key in told if "traffic" in key] == [
        ", ".join(f"{value:g}" for value in traffic)
    ]
    assert {days["alert"], days["host"], days["ledger"]} == {
        float(told[key]) for key in told if "alerts" in key
    }
    assert days["batch"] == 0.25
