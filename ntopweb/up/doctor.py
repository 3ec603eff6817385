"""``manage.py doctor``: say in words what is wrong on this machine."""

from __future__ import annotations

from pathlib import Path


def run(arguments: list[str], root: Path) -> int:
    """Print the diagnoses; return 0 when nothing is wrong."""
    raise NotImplementedError
