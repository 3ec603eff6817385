"""The page of the docs names every method with its meaning."""

from __future__ import annotations

from pathlib import Path

from checks.lua.methods import BOTH, FLOW, HOST

PAGE = Path(__file__).parents[3] / "docs" / "lua.md"


def test_every_method_stands_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("\\|", "|")
    assert [m.call for m in (*FLOW, *HOST, *BOTH) if f"| `{m.call}` |" not in page] == []
    assert [m.call for m in (*FLOW, *HOST, *BOTH) if m.text not in page] == []
