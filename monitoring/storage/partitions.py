"""Making and dropping the parts of tables split by time, natively or through TimescaleDB."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from monitoring.storage.tables import PARTITIONED, PLAIN, Partitioned

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: How far ahead parts are made, so that a stopped scheduler is noticed before rows have nowhere to go.
AHEAD: Final = timedelta(days=2)
#: Compress what is older: late rows of a busy hour still find plain rows.
_COMPRESS_AFTER: Final = "1 day"

Cursor = Any  # Django's wrapper and psycopg's own have the same methods


def has_timescale(cursor: Cursor) -> bool:
    """Return whether the database has, or may have, the timescaledb extension."""
    cursor.execute(
        "SELECT installed_version FROM pg_available_extensions WHERE name = 'timescaledb'"
    )
    row = cursor.fetchone()
    if row and row[0] is None:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    return row is not None


def install(cursor: Cursor) -> None:
    """Create every table; the caller's transaction makes it all or nothing."""
    timescale = has_timescale(cursor)
    for table in PARTITIONED:
        _create(cursor, table, timescale)
    for statement in PLAIN:
        cursor.execute(statement)


def remove(cursor: Cursor) -> None:
    """Drop every table, for the way back."""
    for name in ("flow_live", "traffic_part", *(table.name for table in PARTITIONED)):
        cursor.execute(f"DROP TABLE IF EXISTS {name} CASCADE")


def _create(cursor: Cursor, table: Partitioned, timescale: bool) -> None:
    split = "" if timescale else f" PARTITION BY RANGE ({table.by})"
    cursor.execute(f"CREATE TABLE {table.name} ({table.definition}){split}")
    if timescale:
        _make_hypertable(cursor, table)
    if table.unique:
        columns = ", ".join(table.unique)
        cursor.execute(f"ALTER TABLE {table.name} ADD PRIMARY KEY ({columns})")
    for number, index in enumerate(table.indexes):
        cursor.execute(f"CREATE INDEX {table.name}_{number} ON {table.name} USING {index}")


def _make_hypertable(cursor: Cursor, table: Partitioned) -> None:
    seconds = int(table.span.total_seconds())
    cursor.execute(
        "SELECT create_hypertable(%s::regclass, by_range(%s, make_interval(secs => %s)),"
        " create_default_indexes => false)",
        [table.name, table.by, seconds],
    )
    if table.unique:  # a roll-up is upserted for as long as late rows may come; it stays small
        return
    segment = f", timescaledb.segmentby = '{table.segment_by}'" if table.segment_by else ""
    cursor.execute(
        f"ALTER TABLE {table.name} SET (timescaledb.enable_columnstore,"
        f" timescaledb.orderby = '{table.by} DESC'{segment})"
    )
    cursor.execute(
        f"CALL add_columnstore_policy('{table.name}', after => interval '{_COMPRESS_AFTER}',"
        " if_not_exists => true)"
    )


def is_hypertable(cursor: Cursor, name: str) -> bool:
    """Return whether the table is TimescaleDB's to split."""
    cursor.execute("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", [name])
    row = cursor.fetchone()
    return row is not None and row[0] in ("r", b"r")


def start_of(moment: datetime, span: timedelta) -> datetime:
    """Return the start of the part that holds the moment."""
    return _EPOCH + (moment - _EPOCH) // span * span


def parts_between(first: datetime, last: datetime, span: timedelta) -> list[datetime]:
    """Return the starts of all parts that hold a moment from first to last."""
    starts = [start_of(first, span)]
    while starts[-1] + span <= last:
        starts.append(starts[-1] + span)
    return starts


def part_name(table: Partitioned, start: datetime) -> str:
    """Return a part's own name, as flow_20261124 or traffic_10s_20261124_06."""
    return f"{table.name}_{start:%Y%m%d}" + (
        f"_{start:%H}" if table.span < timedelta(days=1) else ""
    )


def existing(cursor: Cursor, table: Partitioned) -> set[str]:
    """Return the names of the parts that are there."""
    cursor.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
        [table.name],
    )
    return {name for (name,) in cursor.fetchall()}


def make(cursor: Cursor, first: datetime, last: datetime, names: Iterable[str] = ()) -> int:
    """Make the parts for rows from first to last, of these tables or all; return how many were missing.

    A part is made apart and then attached, so that readers of the whole are not shut out; two who make the same
    one wait for each other.
    """
    made = 0
    for table in PARTITIONED:
        if (names and table.name not in names) or is_hypertable(cursor, table.name):
            continue
        wanted = {part_name(table, s): s for s in parts_between(first, last, table.span)}
        if not wanted.keys() <= (known := existing(cursor, table)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ntopweb.partitions'))")
            known = existing(cursor, table)
        for name in wanted.keys() - known:
            _attach(cursor, table, name, wanted[name])
            made += 1
    return made


def _attach(cursor: Cursor, table: Partitioned, name: str, start: datetime) -> None:
    low, high = start.isoformat(), (start + table.span).isoformat()
    cursor.execute(
        f"CREATE TABLE {name} (LIKE {table.name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS,"
        f" CONSTRAINT {name}_span CHECK ({table.by} >= '{low}' AND {table.by} < '{high}'))"
    )
    cursor.execute(
        f"ALTER TABLE {table.name} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')"
    )
    cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT {name}_span")


def drop_before(cursor: Cursor, name: str, moment: datetime) -> int:
    """Drop the parts of a table that end before the moment; return how many.

    Needs autocommit: DETACH CONCURRENTLY runs in no transaction. Raises psycopg's LockNotAvailable after five
    seconds of waiting, to be tried again at the next run.
    """
    table = next(table for table in PARTITIONED if table.name == name)
    if is_hypertable(cursor, name):
        cursor.execute(
            "SELECT count(*) FROM drop_chunks(%s::regclass, older_than => %s)", [name, moment]
        )
        return int(cursor.fetchone()[0])
    limit = part_name(table, start_of(moment, table.span))
    old = sorted(part for part in existing(cursor, table) if part < limit)
    cursor.execute("SET lock_timeout = '5s'")
    for part in old:
        _detach(cursor, table, part)
        cursor.execute(f"DROP TABLE {part}")
    cursor.execute("RESET lock_timeout")
    return len(old)


def _detach(cursor: Cursor, table: Partitioned, part: str) -> None:
    cursor.execute("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = %s::regclass", [part])
    row = cursor.fetchone()
    how = "FINALIZE" if row and row[0] else "CONCURRENTLY"
    cursor.execute(f"ALTER TABLE {table.name} DETACH PARTITION {part} {how}")
