"""Which columns of a frame a condition may name, and what they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import polars as pl

from checks.frames import FRAMES
from checks.language.tree import Column, Kind
from monitoring.ingest.store import BREEDS, CONFIDENCES

#: Texts of a closed vocabulary, that are stored as their position in it.
_VOCABULARIES: Final = {"breed": BREEDS, "confidence": CONFIDENCES}
#: Bitmaps are asked for a bit, not compared as numbers.
_HIDDEN: Final = frozenset({"risk"})


@cache
def columns_of(frame: str) -> Mapping[str, Column]:
    """Return the columns of a frame by name; raises KeyError for an unknown frame.

    ``<role>_high`` and ``<role>_low`` are one address, named as the role.
    """
    found = {}
    for name, dtype in FRAMES[frame].items():
        column = _column(name, dtype)
        if column is not None:
            found[column.name] = column
    return MappingProxyType(found)


def event_time(frame: str) -> str | None:
    """Return the column that holds a row's time; None for frames run by the clock."""
    return next((name for name in ("last_seen", "time") if name in FRAMES[frame]), None)


def _column(name: str, dtype: pl.DataType) -> Column | None:
    if name in _HIDDEN or (name.endswith("_low") and dtype == pl.UInt64):
        return None
    if name.endswith("_high") and dtype == pl.UInt64:
        return Column(name.removesuffix("_high"), Kind.ADDRESS)
    if dtype == pl.UInt64 and (name == "mac" or name.endswith("_mac")):
        return Column(name, Kind.MAC)
    if isinstance(dtype, pl.Enum):
        return Column(name, Kind.WORD, tuple(dtype.categories))
    if name in _VOCABULARIES:
        return Column(name, Kind.WORD, _VOCABULARIES[name])
    kind = _kind(dtype)
    return Column(name, kind) if kind else None


def _kind(dtype: pl.DataType) -> Kind | None:
    if dtype == pl.String:
        return Kind.TEXT
    if dtype == pl.Boolean:
        return Kind.YES_NO
    if isinstance(dtype, pl.Datetime):
        return Kind.TIME
    return Kind.NUMBER if dtype.is_numeric() else None
