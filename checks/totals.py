"""A row's total score and the ids of the checks that picked it, for all rows of a table."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from checks.base import HIGHEST_SCORE
from checks.picking import Numbers

_IDS: Final = pl.List(pl.Int16)


def indices(rows: Numbers) -> pl.Series:
    """Return positions of rows as the column that findings name them by."""
    return pl.Series("row", rows.astype(np.uint32))


def totals_of(findings: pl.DataFrame, height: int) -> tuple[pl.Series, pl.Series]:
    """Return each row's score, at most 250, and the ids of its checks, each once."""
    once = findings.select("row", "check_id", "score").unique(["row", "check_id"], keep="any")
    by_row = once.group_by("row").agg(pl.col("score").sum(), pl.col("check_id"))
    return spread(by_row, height)


def spread(by_row: pl.DataFrame, height: int) -> tuple[pl.Series, pl.Series]:
    """Return score and checks of all rows from those that have any (row, score, check_id)."""
    every = pl.DataFrame(indices(np.arange(height)))
    joined = every.join(by_row, on="row", how="left", maintain_order="left").select(
        pl.col("score").fill_null(0).clip(0, HIGHEST_SCORE).cast(pl.Int16),
        pl.col("check_id").fill_null(pl.lit([], dtype=_IDS)).alias("checks"),
    )
    return joined["score"], joined["checks"]
