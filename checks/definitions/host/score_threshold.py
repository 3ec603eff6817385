"""Hosts whose flows break many checks. Source: ntopng."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import HostCheck, number


@dataclass(frozen=True)
class HighScore(HostCheck):
    """The sum of the scores of a host's flows in the last five minutes is over the threshold."""

    threshold: float

    def when(self) -> pl.Expr:
        """Compare the score."""
        return pl.col("score") > self.threshold

    def message(self) -> pl.Expr:
        """Name the score."""
        limit = pl.lit(self.threshold)
        return pl.format("{} has a score of {}, over {}", "address", "score", limit)

    def values(self) -> dict[str, pl.Expr]:
        """Return score and threshold."""
        return {"score": pl.col("score"), "threshold": pl.lit(self.threshold)}


@dataclass(frozen=True)
class ScoreThreshold(HighScore):
    """Fires while the scores of a host's flows of the last five minutes exceed ``threshold``."""

    key = "score_threshold"
    title = "Score Threshold Exceeded"
    score = 150

    threshold: float = number("Score", 5_000, minimum=1, maximum=20_000)


@dataclass(frozen=True)
class DangerousHost(HighScore):
    """Fires while a host's score exceeds ``threshold``: a lower limit than the score threshold's.

    ntopng asks for five minutes in a row; the score here sums five minutes instead.
    """

    key = "dangerous_host"
    title = "Dangerous Host"
    score = 100
    default_enabled = False
    attack = "T1041"
    cooldown = 300.0

    threshold: float = number("Score", 1_000, minimum=1, maximum=20_000)


CHECKS = (ScoreThreshold, DangerousHost)
