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
    said = findings.select("row", "check_id", "score")
    pairs = said["row"].to_numpy().astype(np.int64) << 16 | said["check_id"].to_numpy().view("u2")
    once = said[np.unique(pairs, return_index=True)[1]]
    return spread(once.group_by("row").agg(pl.col("score").sum(), pl.col("check_id")), height)


def spread(by_row: pl.DataFrame, height: int) -> tuple[pl.Series, pl.Series]:
    """Return score and checks of all rows from those that have any (row, score, check_id)."""
    score = pl.col("score").clip(0, HIGHEST_SCORE).cast(pl.Int16)
    # in one piece: to gather lists from several takes ten times as long
    told = pl.concat([by_row.select(score, pl.col("check_id").cast(_IDS)), _NOTHING], rechunk=True)
    place = np.full(height, by_row.height)
    place[by_row["row"].to_numpy()] = np.arange(by_row.height)
    return told["score"].gather(place), told["check_id"].gather(place).alias("checks")


#: What the rows without a finding have.
_NOTHING: Final = pl.DataFrame(
    {"score": [0], "check_id": [[]]}, schema={"score": pl.Int16, "check_id": _IDS}
)
