"""One readable log: the time, who speaks, what he says."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

_WIDTH = 14
_COLOURS = {
    "up": "1;36",
    "web": "34",
    "ingest": "35",
    "worker": "33",
    "scripts": "33",
    "deliveries": "33",
    "beat": "33",
    "lifecycle": "31",
    "postgres": "90",
    "valkey": "90",
}


class Console:
    """Prints lines with a prefix; colours on a terminal; goes on when its reader has gone."""

    def __init__(self) -> None:
        self.is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._is_open = True

    def say(self, name: str, text: str) -> None:
        """Print one line of a program."""
        if text.strip():
            self.write(f"{datetime.now(UTC):%H:%M:%S} {self._painted(name)} │ {text}")

    def write(self, text: str) -> None:
        """Print text as it is."""
        if not self._is_open:
            return
        try:
            print(text, flush=True)
        except OSError:  # the terminal or the pipe is gone; the work goes on
            self._is_open = False

    def _painted(self, name: str) -> str:
        padded = f"{name:<{_WIDTH}}"
        colour = _COLOURS.get(name, "32")
        return f"\x1b[{colour}m{padded}\x1b[0m" if self.is_coloured else padded


def banner(lines: list[str]) -> str:
    """Return lines in a box."""
    width = max(len(line) for line in lines)
    rule = "─" * (width + 4)
    inner = [f"│  {line:<{width}}  │" for line in lines]
    return "\n".join([f"╭{rule}╮", *inner, f"╰{rule}╯"])
