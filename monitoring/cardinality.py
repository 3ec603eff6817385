"""Bounded sums: the greatest keys of each step of time by name, all others as one.

Pure functions of tables. Whatever is folded, the sums of a group (step, interface, dimension) stay
the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import polars as pl

GROUP: Final = ("bucket", "interface_id", "dimension")
KEY: Final = (*GROUP, "key")
SUMS: Final = (
    *("bytes_sent", "bytes_received", "packets_sent", "packets_received"),
    *("flows", "score", "alerts"),
)
OTHER: Final = "other"
#: Characters of a key: an application or a country may come from anybody, an index has a limit.
LONGEST: Final = 120

IsLocal = Callable[[pl.DataFrame], pl.Series]


class Most(NamedTuple):
    """How many keys of a group keep their name: of local hosts, and of all else."""

    others: int
    local: int


class Merged(NamedTuple):
    """What becomes of a table: sums to add, standing keys that go, how many keys got no line.

    ``left_out`` has the columns of GROUP and ``len``.
    """

    added: pl.DataFrame
    gone: pl.DataFrame
    left_out: pl.DataFrame


def nobody(rows: pl.DataFrame) -> pl.Series:
    """Say of each row that it is no local host."""
    return pl.repeat(False, rows.height, eager=True)


def merge(
    standing: pl.DataFrame, fresh: pl.DataFrame, most: Most, is_local: IsLocal = nobody
) -> Merged:
    """Add sums to those that stand (KEY and SUMS each), and fold what is over the bound.

    Among equals the standing key stays, so that a flood of equals changes little.
    """
    before = [f"{name}_before" for name in SUMS]
    rows = fresh.select(*KEY, *SUMS).join(
        standing.select(
            *KEY, *(pl.col(name).alias(f"{name}_before") for name in SUMS)
        ).with_columns(pl.lit(True).alias("stands")),
        on=KEY,
        how="full",
        coalesce=True,
    )
    rows = rows.with_columns(
        pl.col(*SUMS, *before).fill_null(0), pl.col("stands").fill_null(value=False)
    )
    ranked = _ranked(rows.with_columns(is_local(rows).alias("local")))
    bound = pl.when("local").then(most.local).otherwise(most.others)
    is_over = (pl.col("rank") >= bound) & (pl.col("key") != OTHER)
    over, kept = ranked.filter(is_over), ranked.filter(~is_over)
    folded = over.with_columns(
        pl.lit(OTHER).alias("key"),
        *(pl.col(name) + pl.col(f"{name}_before") for name in SUMS),
    )
    added = pl.concat([kept.select(*KEY, *SUMS), folded.select(*KEY, *SUMS)])
    return Merged(
        added.group_by(KEY).agg(pl.col(SUMS).sum()).filter(pl.any_horizontal(pl.col(SUMS) != 0)),
        over.filter("stands").select(KEY),
        over.group_by(GROUP).len(),
    )


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """Rank the keys of each group from 0, local ones and OTHER apart from the rest."""
    size = pl.sum_horizontal(
        *("bytes_sent", "bytes_received", "bytes_sent_before", "bytes_received_before")
    )
    apart = (*GROUP, "local", "is_other")
    return (
        rows.with_columns(size.alias("size"), (pl.col("key") == OTHER).alias("is_other"))
        .sort("size", "stands", "key", descending=[True, True, False])
        .with_columns(pl.int_range(pl.len()).over(apart).alias("rank"))
    )


def bound(sums: pl.DataFrame, most: int) -> pl.DataFrame:
    """Keep the greatest keys of each group of sums of one batch; ``left_out`` counts the others.

    The count stands in the line of OTHER, 0 elsewhere.
    """
    if sums.height <= most:
        return sums.with_columns(pl.lit(0, pl.Int64).alias("left_out"))
    size = pl.col("bytes_sent") + pl.col("bytes_received")
    small = size.rank("ordinal", descending=True).over(GROUP) > most
    folded = sums.with_columns(
        pl.when(small).then(pl.lit(OTHER)).otherwise("key").alias("key"),
        small.cast(pl.Int64).alias("left_out"),
    )
    return folded.group_by(KEY).agg(pl.col(*SUMS, "left_out").sum())
