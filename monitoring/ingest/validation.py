"""Refusing rows, each with its reason, and filling what a row may leave out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

import polars as pl

from capture_agent.schema import FLOW_DETAIL, FRAMES

#: A row may be this far ahead of the server's clock.
AHEAD: Final = timedelta(minutes=5)
_TIME: Final = {"flow": "last_seen"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST: Final = (1 << 63) - 1  # of PostgreSQL's bigint


def time_column(frame: str) -> str:
    """Return the column that says when the row was."""
    return _TIME.get(frame, "time")


def validate(
    table: pl.DataFrame, frame: str, now: datetime, retention: timedelta
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the good rows and how many were refused for which reason; the first reason counts."""
    filled = _fill(table, frame)
    if _is_good(filled, frame, now, retention):
        return filled, {}
    reasons = _reasons(frame, now, retention)
    reason = pl.coalesce(
        *(pl.when(bad).then(pl.lit(text)) for text, bad in reasons.items()), pl.lit(None, pl.String)
    )
    marked = filled.with_columns(reason.alias("_reason"))
    counted = marked["_reason"].drop_nulls().value_counts()
    good = marked.filter(pl.col("_reason").is_null()).drop("_reason") if counted.height else filled
    return good, dict(counted.iter_rows())


def _is_good(table: pl.DataFrame, frame: str, now: datetime, retention: timedelta) -> bool:
    """Return whether no row is refused, as in most batches: by sums instead of row by row."""
    if table.is_empty():
        return True
    missing, faults, greatest, earliest, latest = table.select(_sums(frame)).row(0)
    if missing or faults or greatest > _MOST:
        return False
    return bool(earliest >= _microseconds(now - retention) and latest <= _microseconds(now + AHEAD))


def _microseconds(moment: datetime) -> int:
    """Return a moment as polars keeps it; a row's own may lie beyond what Python can name."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@cache
def _sums(frame: str) -> tuple[pl.Expr, ...]:
    """Return missing values, rows at odds, the greatest counter and the bounds of the time."""
    time = pl.col(time_column(frame)).to_physical()
    missing = [pl.col(name).null_count() for name in _required(frame)]
    faults = [bad.sum() for bad in _disagreements(frame).values()]
    greatest = [pl.col(name).max() for name in _counters(frame)]
    return (
        pl.sum_horizontal(missing).alias("missing"),
        pl.sum_horizontal(pl.lit(0), *faults).alias("faults"),
        pl.max_horizontal(pl.lit(0, pl.UInt64), *greatest).alias("greatest"),
        time.min().alias("earliest"),
        time.max().alias("latest"),
    )


def _fill(table: pl.DataFrame, frame: str) -> pl.DataFrame:
    """Zeros and "" where a row says nothing, but in columns that may be null."""
    optional = {*FLOW_DETAIL, "rtt_client_ms", "rtt_server_ms", "previous", *_required(frame)}
    optional |= {name for name in FRAMES[frame] if name.startswith("dhcp_")}
    fills = [
        pl.col(name).fill_null(pl.lit(_zero(dtype), dtype=dtype))
        for name, dtype in FRAMES[frame].items()
        if name not in optional and table[name].null_count()
    ]
    return table.with_columns(fills)


def _zero(dtype: pl.DataType) -> object:
    if isinstance(dtype, pl.Enum):
        return dtype.categories[0]
    return "" if dtype == pl.String else 0


def _required(frame: str) -> tuple[str, ...]:
    addresses = {
        "flow": ("first_seen", "interval_start", "client_high", "client_low", "server_high"),
        "host": ("host_high", "host_low"),
    }
    more = ("server_low", "l4", "flow_id") if frame == "flow" else ()
    return (time_column(frame), *addresses.get(frame, ()), *more)


def _reasons(frame: str, now: datetime, retention: timedelta) -> dict[str, pl.Expr]:
    time = pl.col(time_column(frame))
    reasons = {f"{name}: missing": pl.col(name).is_null() for name in _required(frame)}
    reasons[f"{time_column(frame)}: older than the retention"] = time < now - retention
    reasons[f"{time_column(frame)}: in the future"] = time > now + AHEAD
    reasons |= _disagreements(frame)
    reasons |= {f"{name}: over 2^63": pl.col(name) > _MOST for name in _counters(frame)}
    return reasons


def _disagreements(frame: str) -> dict[str, pl.Expr]:
    """Return what is wrong of a row in itself."""
    if frame != "flow":
        return {}
    time = pl.col(time_column(frame))
    return {
        "first_seen: after last_seen": pl.col("first_seen") > time,
        "interval_start: after last_seen": pl.col("interval_start") > time,
        "flow_id: not positive": pl.col("flow_id") <= 0,
    }


def _counters(frame: str) -> list[str]:
    """Return the columns that must fit into PostgreSQL's bigint."""
    kinds = ("bytes", "packets", "payload")
    return [
        name
        for name, dtype in FRAMES[frame].items()
        if dtype == pl.UInt64 and any(kind in name for kind in kinds)
    ]
