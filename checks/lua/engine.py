"""This process's child that runs scripts, made on first use."""

from __future__ import annotations

import atexit
from functools import cache

from checks.lua.process import Process


@cache
def process() -> Process:
    """Return the child; it ends with its parent."""
    made = Process()
    atexit.register(made.close)
    return made
