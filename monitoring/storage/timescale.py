"""Hypertables of the ``timescaledb`` extension: it makes, compresses and drops chunks by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

from monitoring.storage.tables import Table

#: Rows this old go to the columnstore. Later ones are still taken, more slowly.
COMPRESS_AFTER: Final = timedelta(days=1)


def create(connection: BaseDatabaseWrapper, table: Table, now: datetime) -> None:
    """Make the hypertable with its policies."""
    with connection.cursor() as cursor:
        options = f" WITH ({table.options})" if table.options else ""
        cursor.execute(f"CREATE TABLE {table.name} ({table.definition}){options}")
        cursor.execute(
            "SELECT create_hypertable(%s::regclass, by_range(%s, %s::interval),"
            " create_default_indexes => false)",
            [table.name, table.time, _interval(table.span)],
        )
        for name, columns in table.indexes.items():
            cursor.execute(f"CREATE INDEX {name} ON {table.name} {columns}")
        if table.segment_by is not None:
            _add_columnstore(cursor, table, table.segment_by)
    prepare(connection, table, now)


def prepare(connection: BaseDatabaseWrapper, table: Table, now: datetime) -> None:
    """Have the retention policy say what the settings say."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (config->>'drop_after')::interval = %s::interval FROM timescaledb_information"
            ".jobs WHERE hypertable_name = %s AND proc_name = 'policy_retention'",
            [_interval(table.retention), table.name],
        )
        row = cursor.fetchone()
        if row and row[0]:
            return
        cursor.execute("SELECT remove_retention_policy(%s::regclass, true)", [table.name])
        cursor.execute(
            "SELECT add_retention_policy(%s::regclass, %s::interval)",
            [table.name, _interval(table.retention)],
        )


def ensure(connection: BaseDatabaseWrapper, table: Table, moments: Iterable[datetime]) -> None:
    """Do nothing: chunks are made by the first row that needs one."""


def expire(connection: BaseDatabaseWrapper, table: Table, now: datetime) -> list[str]:
    """Drop the chunks past retention now, as the policy does once a day; return their names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT drop_chunks(%s::regclass, older_than => %s::timestamptz)",
            [table.name, now - table.retention],
        )
        return [name for (name,) in cursor.fetchall()]


def _add_columnstore(cursor: Any, table: Table, segment_by: str) -> None:
    segments = f", timescaledb.segmentby = '{segment_by}'" if segment_by else ""
    cursor.execute(
        f"ALTER TABLE {table.name} SET (timescaledb.enable_columnstore = true{segments},"
        f" timescaledb.orderby = '{table.time} DESC')"
    )
    cursor.execute(
        f"CALL add_columnstore_policy('{table.name}',"
        f" after => INTERVAL '{_interval(COMPRESS_AFTER)}', if_not_exists => true)"
    )


def _interval(span: timedelta) -> str:
    return f"{span.total_seconds():.0f} seconds"
