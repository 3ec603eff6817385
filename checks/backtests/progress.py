"""How a back-test says how far it is, and hears that it shall end."""

from __future__ import annotations

from collections.abc import Callable

#: Takes the rows done and their total; returns whether to go on.
Progress = Callable[[int, int], bool]


class CancelledError(Exception):
    """Somebody ended the back-test."""
