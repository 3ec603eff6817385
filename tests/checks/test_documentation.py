"""docs/checks.md is what the code says."""

from __future__ import annotations

from checks.documentation import render
from checks.management.commands.checks_docs import PATH
from checks.registry import discover


def test_the_page_is_current():
    assert PATH.read_text(encoding="utf-8") == render(), "run manage.py checks_docs"


def test_every_check_is_on_it_with_its_parameters():
    page = render()
    assert len(discover()) >= 150
    for key, kind in discover().items():
        assert f"### {kind.title}\n" in page and f"`{key}` ·" in page
    assert "| `threshold` | 256 | SYN/s | 1 to 65,535 | SYN. |" in page


def test_what_is_left_out_has_a_reason():
    rows = render().partition("## Left out")[2].splitlines()[5:]
    assert rows and all(row.split("|")[3].strip() for row in rows if row)
