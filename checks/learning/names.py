"""The registered domain of a name: what somebody bought, "example.co.uk" of "a.b.example.co.uk"."""

from __future__ import annotations

from functools import cache, lru_cache

import polars as pl
from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    """Return the public suffix list that the package carries."""
    return PublicSuffixList()


@lru_cache(maxsize=100_000)
def domain_of(name: str) -> str:
    """Return the registered domain in lower case; the name itself where it has none."""
    lowered = name.lower().rstrip(".")
    return _suffixes().privatesuffix(lowered) or lowered


def domains(names: pl.Series) -> pl.Series:
    """Return the registered domain of each name, null for null; each name is looked up once."""
    known = {name: domain_of(name) for name in names.unique().drop_nulls() if name}
    return names.replace_strict(known, default=None, return_dtype=pl.String)
