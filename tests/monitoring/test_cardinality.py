"""The greatest keys keep their name, the rest is one, and no sum changes."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.cardinality import GROUP, KEY, OTHER, SUMS, Most, bound, merge

BUCKET = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCHEMA = pl.Schema(
    {
        "bucket": pl.Datetime("us", "UTC"),
        "interface_id": pl.Int32(),
        "dimension": pl.String(),
        "key": pl.String(),
        **dict.fromkeys(SUMS, pl.Int64()),
    }
)


def sums(*rows: tuple[str, int], dimension: str = "host", interface: int = 1) -> pl.DataFrame:
    """Return sums of (key, bytes)."""
    made = [(BUCKET, interface, dimension, key, size, size, 1, 1, 1, 0, 0) for key, size in rows]
    return pl.DataFrame(made, schema=SCHEMA, orient="row")


def begins_with_ten(rows: pl.DataFrame) -> pl.Series:
    return rows["key"].str.starts_with("10.")


def applied(standing: pl.DataFrame, merged: object) -> dict[str, int]:
    """Return bytes sent by key once a merge was written."""
    left = standing.join(merged.gone, on=KEY, how="anti")  # type: ignore[attr-defined]
    rows = pl.concat([left, merged.added.select(left.columns)])  # type: ignore[attr-defined]
    return dict(rows.group_by("key").agg(pl.col("bytes_sent").sum()).iter_rows())


#: standing, fresh, what stands then, keys without a line; two keys keep their name.
CASES = [
    ({}, {"a": 1, "b": 2}, {"a": 1, "b": 2}, 0),
    ({}, {"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 3, OTHER: 1}, 1),
    ({"a": 5, "b": 2}, {"c": 3}, {"a": 5, "c": 3, OTHER: 2}, 1),
    ({"a": 5, "b": 2}, {"c": 2}, {"a": 5, "b": 2, OTHER: 2}, 1),  # among equals the one there stays
    ({"a": 5, "b": 2}, {"b": 1}, {"a": 5, "b": 3}, 0),
    ({"a": 5, "b": 2, OTHER: 9}, {"c": 9, OTHER: 1}, {"a": 5, "c": 9, OTHER: 12}, 1),
    ({"a": 5, "b": 2}, {"c": 1, "b": 2, "d": 1}, {"a": 5, "b": 4, OTHER: 2}, 2),
]


@pytest.mark.parametrize(("standing", "fresh", "expected", "left_out"), CASES)
def test_the_greatest_keep_their_name(
    standing: dict[str, int], fresh: dict[str, int], expected: dict[str, int], left_out: int
) -> None:
    before = sums(*standing.items())
    merged = merge(before, sums(*fresh.items()), Most(2, 2))
    assert applied(before, merged) == expected
    assert merged.left_out["len"].sum() == left_out


def test_local_hosts_have_a_bound_of_their_own() -> None:
    fresh = sums(("10.0.0.1", 1), ("10.0.0.2", 2), ("8.8.8.8", 9), ("9.9.9.9", 8))
    merged = merge(fresh.clear(), fresh, Most(1, 2), begins_with_ten)
    assert applied(fresh.clear(), merged) == {"10.0.0.1": 1, "10.0.0.2": 2, "8.8.8.8": 9, OTHER: 8}


def test_each_group_has_its_own_places() -> None:
    fresh = pl.concat(
        [sums(("a", 1), ("b", 2), interface=n, dimension=d) for n in (1, 2) for d in "xy"]
    )
    merged = merge(fresh.clear(), fresh, Most(1, 1))
    assert merged.added.group_by(GROUP).len()["len"].to_list() == [2] * 4
    assert merged.left_out["len"].to_list() == [1] * 4


keys = st.dictionaries(st.sampled_from([*"abcdefgh", OTHER]), st.integers(0, 9), max_size=9)


@given(keys, keys, st.integers(0, 5))
def test_sums_never_change_and_the_bound_holds(
    standing: dict[str, int], fresh: dict[str, int], most: int
) -> None:
    before = sums(*standing.items())
    after = applied(before, merge(before, sums(*fresh.items()), Most(most, most)))
    assert sum(after.values()) == sum(standing.values()) + sum(fresh.values())
    assert len(after.keys() - {OTHER}) <= most


@pytest.mark.parametrize(("keys", "left_out"), [(3, 0), (4, 1), (9, 6)])
def test_a_batch_counts_the_keys_that_it_folds(keys: int, left_out: int) -> None:
    made = sums(*((str(number), number) for number in range(keys)))
    found = bound(made, 3)
    assert found["left_out"].sum() == left_out
    assert found["bytes_sent"].sum() == made["bytes_sent"].sum()
    assert found.filter(pl.col("key") != OTHER).height == 3
