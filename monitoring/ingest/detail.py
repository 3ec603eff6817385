"""A row's detail as JSON: what it says in the columns beside those of ``flow``."""

from __future__ import annotations

from typing import Final

import polars as pl

from capture_agent.schema import FLOW_DETAIL

#: What JSON does not take as it is (RFC 8259, 7).
_ESCAPED: Final = r'["\\\x00-\x1f]'
_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"


def details(table: pl.DataFrame) -> pl.Series:
    """Return each row's JSON of the detail columns that are not null, null where there is none."""
    said = [table[name] for name in FLOW_DETAIL if table[name].null_count() < table.height]
    if not said:
        return pl.Series("detail", [None] * table.height, dtype=pl.String)
    plain = _plain(table.select(c.name for c in said if c.dtype == pl.String))
    members = pl.concat_str(
        [_member(column, column.name in plain) for column in said], separator=",", ignore_nulls=True
    )
    joined = table.select(members.alias("detail"))
    detail = pl.when(pl.col("detail") != "").then(pl.format("{{{}}}", "detail"))
    return joined.select(detail.alias("detail"))["detail"]


def _plain(texts: pl.DataFrame) -> set[str]:
    """Return the columns none of whose texts needs escaping: in most batches, all."""
    joined = pl.concat_str(pl.all(), ignore_nulls=True)
    if not texts.width or not texts.select(joined.str.contains(_ESCAPED).any()).item():
        return set(texts.columns)
    needing = texts.select(pl.all().str.contains(_ESCAPED).any())
    return {name for name, needs in zip(texts.columns, needing.row(0), strict=True) if not needs}


def _member(column: pl.Series, is_plain: bool) -> pl.Expr:
    """Return ``"name":value``, null where there is no value."""
    name, value = column.name, pl.col(column.name)
    if isinstance(column.dtype, pl.Datetime):
        return pl.format(f'"{name}":"{{}}"', value.dt.strftime(_DATE))
    if column.dtype.is_numeric():
        is_number = value.is_finite() if column.dtype.is_float() else value.is_not_null()
        return pl.when(is_number).then(f'"{name}":' + value.cast(pl.String))
    if is_plain:
        return pl.format(f'"{name}":"{{}}"', value)
    # jsonb refuses NUL, escaped or not.
    encoded = pl.struct(value.str.replace_all("\0", "", literal=True)).struct.json_encode()
    return pl.when(value.is_not_null()).then(encoded.str.strip_prefix("{").str.strip_suffix("}"))
