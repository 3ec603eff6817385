"""Native range partitions: made ahead, added under light locks, dropped whole, never by DELETE.

``CREATE TABLE … PARTITION OF`` and plain ``DETACH`` lock the parent against everything. So a
partition is made beside it, with a CHECK that proves its range, and attached: that locks out other
partition changes only. It leaves with DETACH CONCURRENTLY, then DROP under a ``lock_timeout``; what
is interrupted between the steps is finished by the next round.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from monitoring.storage.tables import Table

#: Partitions stand ready for so long.
AHEAD: Final = timedelta(days=2)
_STAMP: Final = "%Y%m%d%H"
_LOCK_TIMEOUT: Final = "2s"

log = logging.getLogger(__name__)


def create(connection: BaseDatabaseWrapper, table: Table, now: datetime) -> None:
    """Make the partitioned table and its first partitions."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {table.name} ({table.definition}) PARTITION BY RANGE ({table.time})"
        )
        for name, columns in table.indexes.items():
            cursor.execute(f"CREATE INDEX {name} ON {table.name} {columns}")
    prepare(connection, table, now)


def prepare(connection: BaseDatabaseWrapper, table: Table, now: datetime) -> None:
    """Make the partitions from yesterday's to the day after tomorrow's."""
    first, last = table.floor(now - timedelta(days=1)), now + AHEAD
    count = (last - first) // table.span + 1
    ensure(connection, table, [first + number * table.span for number in range(count)])


def ensure(connection: BaseDatabaseWrapper, table: Table, moments: Iterable[datetime]) -> None:
    """Make the partitions of these moments that are not there yet."""
    starts = sorted({table.floor(moment) for moment in moments})
    known = set(partitions(connection, table))
    for start in starts:
        if name_of(table, start) not in known:
            _add(connection, table, start)


def expire(connection: BaseDatabaseWrapper, table: Table, now: datetime) -> list[str]:
    """Drop the partitions all of whose rows are past their retention; return their names."""
    oldest = now - table.retention
    dropped = []
    with connection.cursor() as cursor:
        for name, is_attached, is_detaching in _all_partitions(cursor, table):
            if _start_of(name) + table.span > oldest and not is_detaching:
                continue
            if _remove(cursor, table, name, is_attached, is_detaching):
                dropped.append(name)
    return dropped


def partitions(connection: BaseDatabaseWrapper, table: Table) -> list[str]:
    """Return the names of the attached partitions, oldest first."""
    with connection.cursor() as cursor:
        return [name for name, attached, _ in _all_partitions(cursor, table) if attached]


def name_of(table: Table, start: datetime) -> str:
    """Return the name of the partition that starts then."""
    return f"{table.name}_p{start:{_STAMP}}"


def _start_of(name: str) -> datetime:
    return datetime.strptime(name.rpartition("_p")[2], _STAMP).replace(tzinfo=UTC)


def _add(connection: BaseDatabaseWrapper, table: Table, start: datetime) -> None:
    """Make and attach one partition, unless another process does or did."""
    name, end = name_of(table, start), start + table.span
    bounds = f"FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
    proof = f"{table.time} >= '{start.isoformat()}' AND {table.time} < '{end.isoformat()}'"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{table.name} partitions"])
        found = [one for one in _all_partitions(cursor, table) if one[0] == name]
        if found and found[0][1]:
            return
        if found:  # left behind by an interrupted drop; it is not attached, so nobody reads it
            cursor.execute(f"DROP TABLE {name}")
        options = f"WITH ({table.options})" if table.options else ""
        cursor.execute(
            f"CREATE TABLE {name} (LIKE {table.name} INCLUDING DEFAULTS INCLUDING INDEXES,"
            f" CONSTRAINT in_range CHECK ({proof})) {options}"
        )
        cursor.execute(f"ALTER TABLE {table.name} ATTACH PARTITION {name} FOR VALUES {bounds}")
        cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT in_range")


def _remove(cursor: Any, table: Table, name: str, is_attached: bool, is_detaching: bool) -> bool:
    """Detach and drop one partition; False when a long reader is in the way: next round, then."""
    try:
        cursor.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
        if is_detaching:
            cursor.execute(f"ALTER TABLE {table.name} DETACH PARTITION {name} FINALIZE")
        elif is_attached:
            cursor.execute(f"ALTER TABLE {table.name} DETACH PARTITION {name} CONCURRENTLY")
        cursor.execute(f"DROP TABLE {name}")
    except OperationalError as error:  # lock_timeout
        log.warning("%s is kept for now: %s", name, str(error).strip())
        return False
    finally:
        cursor.execute("SET lock_timeout = 0")
    return True


def _all_partitions(cursor: Any, table: Table) -> list[tuple[str, bool, bool]]:
    """Return (name, attached, detach begun) of each partition, oldest first, detached ones too."""
    cursor.execute(
        "SELECT c.relname, i.inhrelid IS NOT NULL AND NOT i.inhdetachpending,"
        " coalesce(i.inhdetachpending, false)"
        " FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid"
        " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
        " AND c.relname ~ %s ORDER BY c.relname",
        [f"^{table.name}_p[0-9]{{10}}$"],
    )
    rows: list[tuple[str, bool, bool]] = cursor.fetchall()
    return rows
