"""Which rows do the rules pick: one select for all of them, halved where an expression fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import polars as pl

from checks.base import Check, FlowBit, Rule

#: What an expression may fail with; a panic inside polars is no Exception.
FAILURES: Final = (Exception, pl.exceptions.PanicException)

Numbers = np.ndarray[Any, np.dtype[Any]]

_NONE: Final = np.empty(0, dtype=np.int64)


class Condition(Protocol):
    """What one expression of the select stands for."""

    @property
    def when(self) -> pl.Expr:
        """Return which rows are of interest."""

    @property
    def rules(self) -> Numbers:
        """Return the numbers of the rules that depend on it."""

    def expand(self, table: pl.DataFrame, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Return the picked (rules, rows), given the rows of interest."""


@dataclass(frozen=True)
class Single:
    """One rule's own condition."""

    number: int
    when: pl.Expr

    @property
    def rules(self) -> Numbers:
        """Return the one rule."""
        return np.array([self.number])

    def expand(self, table: pl.DataFrame, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Return the rows as they are."""
        return np.full(len(rows), self.number), rows


@dataclass(frozen=True)
class Bits:
    """Rules that look for one bit each of a column: compared once, told apart on the hits."""

    column: str
    mask: int
    #: The rule's number for each of the 64 bits, -1 where nobody asks.
    rule_of_bit: Numbers

    @property
    def rules(self) -> Numbers:
        """Return the rules of all bits."""
        return self.rule_of_bit[self.rule_of_bit >= 0]

    @property
    def when(self) -> pl.Expr:
        """Return whether any wanted bit is set."""
        return pl.col(self.column) & pl.lit(self.mask, dtype=pl.UInt64) != 0

    def expand(self, table: pl.DataFrame, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Return the (rules, rows) of the wanted bits of these rows."""
        wanted = table[self.column].gather(rows).to_numpy() & np.uint64(self.mask)
        octets = wanted.astype("<u8").view(np.uint8)
        bits = np.unpackbits(octets, bitorder="little").view(np.bool_)  # of bools: much faster
        places = np.flatnonzero(bits)
        return self.rule_of_bit[places & 63], rows[places >> 6]


def looks_for_bit(check: Check) -> bool:
    """Return whether the check's condition is one bit of a column, and no more."""
    return isinstance(check, FlowBit) and type(check).when is FlowBit.when


def conditions(rules: Sequence[Rule]) -> list[Condition]:
    """Return the conditions of the rules, bits of the same column as one."""
    by_column: dict[str, dict[int, int]] = {}
    single: list[Condition] = []
    for number, rule in enumerate(rules):
        if isinstance(rule.check, FlowBit) and looks_for_bit(rule.check):
            bits = by_column.setdefault(rule.check.column, {})
            if bits.setdefault(rule.check.bit, number) == number:
                continue
        single.append(Single(number, rule.when))  # also the variants of a bit's first rule
    return [*single, *(_to_bits(column, number_of) for column, number_of in by_column.items())]


def _to_bits(column: str, number_of: Mapping[int, int]) -> Bits:
    rule_of_bit = np.full(64, -1)
    rule_of_bit[list(number_of)] = list(number_of.values())
    return Bits(column, sum(1 << bit for bit in number_of), rule_of_bit)


def pick(
    table: pl.DataFrame, wanted: Sequence[Condition], failures: dict[int, str]
) -> list[tuple[Numbers, Numbers]]:
    """Return the picked (rules, rows) of each condition.

    A condition that fails is left out and noted in ``failures`` by rule; all others are evaluated
    nevertheless.
    """
    if not wanted:
        return []
    try:
        masks = table.select(c.when.alias(str(n)) for n, c in enumerate(wanted)).get_columns()
        hits = [_indices(mask, table.height) for mask in masks]
        return [c.expand(table, rows) for c, rows in zip(wanted, hits, strict=True) if len(rows)]
    except FAILURES as error:
        if len(wanted) == 1:
            failures |= dict.fromkeys(wanted[0].rules.tolist(), describe(error))
            return []
    middle = len(wanted) // 2
    return pick(table, wanted[:middle], failures) + pick(table, wanted[middle:], failures)


def _indices(mask: pl.Series, height: int) -> Numbers:
    """Return where a mask is true; a literal's mask has one row for all."""
    if mask.len() != height:
        return np.arange(height if mask.item() else 0)
    return mask.arg_true().to_numpy() if mask.any() else _NONE


def describe(error: BaseException) -> str:
    """Return an error's first line, with its type, short enough for a page."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:500]
