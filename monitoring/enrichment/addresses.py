"""Addresses and MAC addresses as text, and the country of an address, for whole columns."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import iptocc
import polars as pl


def macs(column: str) -> pl.Expr:
    """Return MAC addresses as text, "" for 0."""
    digits = [_hex(pl.col(column) // (1 << shift) % 256) for shift in range(40, -8, -8)]
    return (
        pl.when(pl.col(column) == 0)
        .then(pl.lit(""))
        .otherwise(pl.concat_str(digits, separator=":"))
    )


_HEX: Final = [f"{number:02x}" for number in range(256)]


def _hex(byte: pl.Expr) -> pl.Expr:
    return byte.replace_strict(list(range(256)), _HEX, return_dtype=pl.String)


@lru_cache(maxsize=200_000)
def _country(text: str) -> str:
    return iptocc.country_code(text) or ""


def countries(addresses: Iterable[str | None]) -> pl.Series:
    """Return ISO 3166 codes, "" where the registries give none. Addresses should be unique."""
    codes = [_country(text) if text else "" for text in addresses]
    return pl.Series("country", codes, dtype=pl.String)
