"""A check that cannot run is refused when it is saved, with the part and the reason."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pytest

from checks.base import HostCheck
from checks.validation import validate


@dataclass(frozen=True)
class Sound(HostCheck):
    """Runs."""

    key = "sound"

    def when(self):
        return pl.col("score") > 1

    def message(self):
        return pl.format("{} has {}", "address", "score")


@dataclass(frozen=True)
class NumberForCondition(Sound):
    def when(self):
        return pl.col("score") + 1


@dataclass(frozen=True)
class UnknownColumn(Sound):
    def when(self):
        return pl.col("mood") > 1


@dataclass(frozen=True)
class TextWithNumber(Sound):
    def when(self):
        return pl.col("address") > 1


@dataclass(frozen=True)
class NumberForMessage(Sound):
    def message(self):
        return pl.col("score")


@dataclass(frozen=True)
class UnknownColumnInWords(Sound):
    def message(self):
        return pl.format("{}", "mood")


@dataclass(frozen=True)
class ColumnInValues(Sound):
    def values(self):
        return {"mood": pl.col("mood")}


@dataclass(frozen=True)
class Raising(Sound):
    def when(self):
        raise ZeroDivisionError("by zero")


@dataclass(frozen=True)
class OnlyOnRows(Sound):
    """Fine on the empty table, not on rows."""

    def message(self):
        return pl.col("address").cast(pl.Int64).cast(pl.String)


BAD = [
    (NumberForCondition, "condition: is Int32, not a yes or no"),
    (UnknownColumn, 'condition: ColumnNotFoundError: unable to find column "mood"'),
    (TextWithNumber, "condition: "),
    (NumberForMessage, "message: is "),
    (UnknownColumnInWords, "words: ColumnNotFoundError"),
    (ColumnInValues, "words: ColumnNotFoundError"),
    (Raising, "ZeroDivisionError: by zero"),
    (OnlyOnRows, "words: InvalidOperationError"),
]


def test_a_sound_check_is_accepted():
    validate(Sound())


@pytest.mark.parametrize(("kind", "reason"), BAD)
def test_an_unsound_check_is_refused_with_the_reason(kind, reason):
    with pytest.raises(ValueError) as caught:
        validate(kind())
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"{kind.key}: ")
