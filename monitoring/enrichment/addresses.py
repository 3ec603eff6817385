"""Addresses and MAC addresses as text, and the country of an address, for whole columns."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import iptocc
import polars as pl

from capture_agent.schema import unpack

_MAPPED: Final = 0xFFFF


def is_ipv4(role: str) -> pl.Expr:
    """Return whether the role's address is IPv4."""
    return (pl.col(f"{role}_high") == 0) & (pl.col(f"{role}_low") // (1 << 32) == _MAPPED)


def _octet(low: pl.Expr, shift: int) -> pl.Expr:
    return (low // (1 << shift) % 256).cast(pl.String)


def texts(table: pl.DataFrame, role: str) -> pl.Series:
    """Return the role's addresses as text, IPv4 plain; IPv6 is written once per address."""
    low = pl.col(f"{role}_low")
    plain = pl.concat_str([_octet(low, shift) for shift in (24, 16, 8, 0)], separator=".")
    found = table.select(pl.when(is_ipv4(role)).then(plain).alias(role))[role]
    if not found.null_count():
        return found
    pair = [f"{role}_high", f"{role}_low"]
    others = table.filter(~is_ipv4(role)).select(pair).unique()
    written = others.with_columns(
        pl.Series("text", [str(unpack(h, w)) for h, w in others.rows()], dtype=pl.String)
    )
    joined = table.select(pair).join(written, on=pair, how="left", maintain_order="left")["text"]
    return found.fill_null(joined)


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


def countries(addresses: pl.Series) -> pl.Series:
    """Return ISO 3166 codes, "" where the registries give none. Addresses should be unique."""
    return pl.Series([_country(text) for text in addresses.to_list()], dtype=pl.String)
