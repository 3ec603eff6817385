"""Amounts as people read them, for the messages of checks: expressions that make texts."""

from __future__ import annotations

from typing import Final

import polars as pl

_BINARY: Final = ("B", "KB", "MB", "GB", "TB", "PB")
_DECIMAL: Final = ("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s")


def in_bytes(value: pl.Expr) -> pl.Expr:
    """Return "2.5 GB" for bytes, 1 KB being 1,024 of them."""
    return _scaled(value, _BINARY, 1024.0)


def in_bits_per_second(value: pl.Expr) -> pl.Expr:
    """Return "12.3 Mbit/s" for a rate, 1 k being 1,000."""
    return _scaled(value, _DECIMAL, 1000.0)


def whole(value: pl.Expr) -> pl.Expr:
    """Return a number without its fraction."""
    return value.round(0).cast(pl.Int64).cast(pl.String)


def _scaled(value: pl.Expr, units: tuple[str, ...], step: float) -> pl.Expr:
    """Return the value in the largest unit that leaves at least 1, three digits at most."""
    *smaller, largest = range(len(units))
    text = _digits(value / step**largest, units[largest])
    for power in reversed(smaller):
        is_small = value.abs() < (step - 0.5) * step**power
        text = pl.when(is_small).then(_digits(value / step**power, units[power])).otherwise(text)
    return text


def _digits(value: pl.Expr, unit: str) -> pl.Expr:
    number = (
        pl.when(value == value.round(0)).then(whole(value))
        .when(value.abs() < 9.995).then(value.round(2).cast(pl.String))
        .when(value.abs() < 99.95).then(value.round(1).cast(pl.String))
        .otherwise(whole(value))
    )  # fmt: skip
    return pl.format(f"{{}} {unit}", number)
