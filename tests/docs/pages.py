"""The pages of the documentation as the tests read them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    """Return a page of docs/ as text."""
    return (DOCS / name).read_text()


def rows(text: str) -> list[list[str]]:
    """Return the cells of all tables' rows, heads and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    rules = {index for index, row in enumerate(cells) if set("".join(row)) <= set("-|")}
    heads = {index - 1 for index in rules}
    return [row for index, row in enumerate(cells) if index not in rules | heads]


def quoted(text: str) -> list[str]:
    """Return what stands between backquotes."""
    return re.findall(r"`([^`]+)`", text)


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
