"""docs/deployment.md starts the processes as `up` does."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ntopweb.up import programs
from ntopweb.up.options import Options
from tests.docs.pages import DOCS, ROOT, page

LINE = re.compile(r"^    exec (\S+) (.*?)   # (\w+)$", re.MULTILINE)


def test_the_commands_are_those_of_up() -> None:
    theirs = {
        program.name: " ".join(program.argv)
        for program in programs.platform(Options(data=Path("/nowhere"), port=8_000))
    }
    ours = {
        name: f"{sys.executable} {command}"
        for _, command, name in LINE.findall(page("deployment.md"))
    }
    assert ours == theirs


def test_every_process_is_in_the_table_and_enabled() -> None:
    names = [program.name for program in programs.platform(Options(data=Path("/nowhere")))]
    text = page("deployment.md")
    assert [name for name in names if f"\n| {name} |" not in text] == []
    assert [name for name in names if f"ntopweb@{name}" not in text] == []


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []
