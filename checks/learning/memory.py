"""What was seen before: read for the things of a round, and written for what is new or seen again.

A thing is known by kind, interface and key. A kind's learning begins on an interface with the first
thing of it. What has not been seen for ``KEPT`` is forgotten unless the operator said something of
it; of a kind on an interface at most ``MOST`` things are kept, so that no flood fills the disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from django.db import connection

from checks.models import Learned, Learning

KEPT: Final = timedelta(days=60)
MOST: Final = 50_000
#: A thing seen again is written at most so often, in seconds.
_WRITE_EVERY: Final = 300.0
_TIME = pl.Datetime("us", "UTC")
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "interface_id": pl.Int32,
    "key": pl.String,
    "first_seen": _TIME,
    "written": _TIME,
    "verdict": pl.String,
    "learned_value": pl.String,
}
_INTERFACE: dict[str, pl.DataType | type[pl.DataType]] = {"interface_id": pl.Int32}
_RECALLED: Final = pl.Schema(_COLUMNS)


def learn(kind: str, things: pl.DataFrame, value: str | None = None) -> pl.DataFrame:
    """Return the things with what is known of them, and remember what is new or seen again.

    ``things`` has interface_id, key, name, time and ``began`` (when it was first seen here); a
    column ``value`` names is remembered as its latest value. Added are ``learned_after``,
    ``known_for`` (seconds), ``verdict`` and ``learned_value``, as it was before this round.
    """
    if things.is_empty():
        return things.with_columns(**NOTHING_LEARNED)
    began = _began(kind, things)
    told = recall(kind, things).join(began, on="interface_id", how="left", maintain_order="left")
    first = pl.coalesce("first_seen", "began")
    seconds = {
        "learned_after": first - pl.col("learning_since"),
        "known_for": pl.col("time") - first,
    }
    told = told.with_columns(
        (span.dt.total_microseconds() / 1e6).alias(name) for name, span in seconds.items()
    )
    remember(kind, told, value)
    return told


#: What is known of things that nothing is learned of.
NOTHING_LEARNED: Final[dict[str, pl.Expr]] = {
    "learned_after": pl.lit(None, pl.Float64),
    "known_for": pl.lit(None, pl.Float64),
    "verdict": pl.lit(None, pl.String),
    "learned_value": pl.lit(None, pl.String),
}


def _began(kind: str, things: pl.DataFrame) -> pl.DataFrame:
    """Return when learning began on each interface; it begins now where it has not."""
    first = things.group_by("interface_id").agg(pl.col("began").min())
    Learning.objects.bulk_create(
        [Learning(kind=kind, interface_id=pk, began_at=began) for pk, began in first.iter_rows()],
        ignore_conflicts=True,
    )
    found = Learning.objects.filter(kind=kind, interface_id__in=first["interface_id"].to_list())
    schema = pl.Schema({**_INTERFACE, "learning_since": _TIME})
    rows = list(found.values_list("interface_id", "began_at"))
    return pl.DataFrame(rows, schema=schema, orient="row")


def recall(kind: str, things: pl.DataFrame) -> pl.DataFrame:
    """Return the things with first_seen, written, verdict and learned_value; null or "" if new."""
    found = Learned.objects.filter(kind=kind, key__in=things["key"].unique().to_list())
    names = ("interface_id", "key", "first_seen", "last_seen", "verdict", "value")
    known = pl.DataFrame(list(found.values_list(*names)), schema=_RECALLED, orient="row")
    told = things.join(known, on=("interface_id", "key"), how="left", maintain_order="left")
    return told.with_columns(pl.col("verdict", "learned_value").fill_null(""))


def remember(kind: str, told: pl.DataFrame, value: str | None = None) -> None:
    """Write of recalled things what is new, was written a while ago, or has another value."""
    said = pl.col(value) if value else pl.lit("")
    since = (pl.col("time") - pl.col("written")).dt.total_seconds()
    has_changed = said != pl.col("learned_value")
    due = told.with_columns(said.alias("said")).filter(
        pl.col("written").is_null() | (since >= _WRITE_EVERY) | has_changed
    )
    room = _room(kind, due)
    rows = [
        Learned(
            kind=kind,
            interface_id=row["interface_id"],
            key=row["key"],
            name=row["name"][:400],
            value=row["said"][:100],
            first_seen=row["began"],
            last_seen=row["time"],
        )
        for row in room.unique(("interface_id", "key"), keep="last")
        .sort("key")
        .iter_rows(named=True)
    ]
    Learned.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["kind", "interface", "key"],
        update_fields=["last_seen", "value", "name"],
        batch_size=1_000,
    )


def _room(kind: str, due: pl.DataFrame) -> pl.DataFrame:
    """Return the rows without those that would be new where there is no more room."""
    fresh = due.filter(pl.col("written").is_null())
    full = [
        interface
        for interface, count in fresh.group_by("interface_id").len().iter_rows()
        if Learned.objects.filter(kind=kind, interface_id=interface).count() + count > MOST
    ]
    return due.filter(pl.col("written").is_not_null() | ~pl.col("interface_id").is_in(full))


def missing(kind: str, now: datetime) -> Iterable[Any]:
    """Return the things of a kind that the operator allowed, to see which are missed."""
    return Learned.objects.filter(kind=kind, verdict="allowed", last_seen__lt=now)


def forget_old(now: datetime) -> int:
    """Forget what was not seen for long and nobody said anything of; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM checks_learned WHERE verdict = '' AND last_seen < %s", [now - KEPT]
        )
        return int(cursor.rowcount)
