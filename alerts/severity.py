"""Severity follows from score: ntopng's table, the one place where it stands."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Final

import polars as pl


class Severity(StrEnum):
    """How bad it is, from nothing to everything; in the order of the table."""

    NONE = "none"
    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """Return the place in the order, 0 for none."""
        return _RANKS[self]


_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}

#: From which score on each severity holds (ntopng 6.3, alert severities by score).
LOWEST_SCORE: Final = {
    Severity.INFO: 1,
    Severity.NOTICE: 10,
    Severity.WARNING: 50,
    Severity.ERROR: 100,
    Severity.CRITICAL: 200,
    Severity.EMERGENCY: 250,
}


@cache
def severity_of(score: int) -> Severity:
    """Return the severity of a score."""
    return [Severity.NONE, *(s for s, low in LOWEST_SCORE.items() if score >= low)][-1]


def severities(score: pl.Expr) -> pl.Expr:
    """Return the severities of a column of scores."""
    breaks = [low - 0.5 for low in LOWEST_SCORE.values()]
    return score.cut(breaks, labels=[str(severity) for severity in Severity]).cast(pl.String)
