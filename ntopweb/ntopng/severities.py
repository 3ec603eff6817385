"""ntopng's numbers of severities, and the SQL that gives them."""

from __future__ import annotations

from typing import Final

from alerts.severity import LOWEST_SCORE

#: By name; there is no 7.
SEVERITIES: Final = {
    "none": 0,
    "debug": 1,
    "info": 2,
    "notice": 3,
    "warning": 4,
    "error": 5,
    "critical": 6,
    "emergency": 8,
}


def number_by_score(column: str) -> str:
    """Return SQL for the number of a column of scores."""
    steps = reversed(LOWEST_SCORE.items())
    whens = " ".join(f"WHEN {column} >= {low} THEN {SEVERITIES[name]}" for name, low in steps)
    return f"CASE {whens} ELSE 0 END"


def number_by_name(column: str) -> str:
    """Return SQL for the number of a column of names, 0 for another one."""
    whens = " ".join(f"WHEN '{name}' THEN {number}" for name, number in SEVERITIES.items())
    return f"CASE {column} {whens} ELSE 0 END"
