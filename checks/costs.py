"""What each check costs, measured on a batch as it comes: µs per row, and the share.

All checks of a frame are one select, so that a single one cannot be timed in it. Once a minute each
condition is evaluated alone on a batch; the time that the batch took as a whole is then shared out
by these, and the time for words by how many rows a check picked.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Final

import numpy as np
import polars as pl

from checks import picking
from checks.runner import Plan

#: Seconds between two measurements of a frame in a process.
EVERY: Final = 60.0
#: Smaller batches of flows measure the overhead of a select rather than the check.
LEAST_FLOWS: Final = 200

_measured: dict[str, float] = {}


def is_due(frame: str, rows: int, now: float) -> bool:
    """Return whether a batch of so many rows is to be measured, and note that it is."""
    least = LEAST_FLOWS if frame == "flow" else 1
    if rows < least or now - _measured.get(frame, float("-inf")) < EVERY:
        return False
    _measured[frame] = now
    return True


def shares(plan: Plan, table: pl.DataFrame, seconds: float) -> dict[str, float]:
    """Return the seconds of each check, by key; together they are ``seconds``."""
    alone: Counter[str] = Counter()
    picks: Counter[str] = Counter()
    for condition in plan.conditions:
        began = time.perf_counter()
        picked = picking.pick(table, [condition], {})
        spent = time.perf_counter() - began
        rules = condition.rules.tolist()
        for rule in rules:
            alone[plan.rules[rule].check.key] += spent / len(rules)  # type: ignore[assignment]
        for numbers, _ in picked:
            for rule, count in zip(*np.unique(numbers, return_counts=True), strict=True):
                picks[plan.rules[rule].check.key] += int(count)
    words = max(seconds - sum(alone.values()), 0.0) / max(sum(picks.values()), 1)
    raw = {key: alone[key] + words * picks[key] for key in alone}
    total = sum(raw.values()) or 1.0
    return {key: seconds * own / total for key, own in raw.items()}
