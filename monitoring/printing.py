"""Rows for the shell: a table for people, JSON for programs."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

#: No cell of a table is longer.
_WIDEST: Final = 60

Row = Mapping[str, Any]


class ListCommand(BaseCommand):
    """Prints a list; :meth:`rows` finds it. What is wrong with an option is said in words."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what all lists have."""
        parser.add_argument("--json", action="store_true", help="a JSON array instead of a table")
        parser.add_argument(
            "--limit", type=positive, default=50, help="rows at most, 50 unless said"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the rows; raises CommandError, which ends with status 1."""
        try:
            found = list(self.rows(options))
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(as_json(found) if options["json"] else as_table(found))

    def rows(self, options: dict[str, Any]) -> Iterable[Row]:
        """Return the rows; raises ValueError naming what is wrong with an option."""
        raise NotImplementedError


def positive(text: str) -> int:
    """Return a number over 0; raises ValueError, which argparse says."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def moment(text: str) -> datetime:
    """Return the moment of an ISO text, UTC unless it says; raises ValueError."""
    found = parse_datetime(text)
    if found is None:
        raise ValueError(f"{text!r} is no time: write it as 2026-11-24T12:00:00Z")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def named(option: str, read: Callable[[Any], Any], value: Any) -> Any:
    """Return ``read(value)``, None for None; raises ValueError naming the option."""
    try:
        return None if value is None else read(value)
    except ValueError as error:
        raise ValueError(f"--{option}: {error}") from error


def as_json(rows: Sequence[Row]) -> str:
    """Return the rows as a JSON array."""
    return json.dumps(rows, default=_plain, indent=2, ensure_ascii=False)


def as_table(rows: Sequence[Row]) -> str:
    """Return the rows in columns, numbers to the right; a line that says so when there are none."""
    if not rows:
        return "Nothing found."
    names = list(rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    right = [all(isinstance(row[name], int | float) for row in rows) for name in names]
    lines = [names, ["-" * width for width in widths], *cells]
    return "\n".join(_line(line, widths, right) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    sides = zip(cells, widths, right, strict=True)
    return "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in sides).rstrip()


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    text = "" if value is None else str(value)
    text = "".join(c if c.isprintable() else " " for c in text)  # no escapes in a terminal
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
