"""Which way of partitioning a database uses, and what both ways can do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from monitoring.storage import native, timescale
from monitoring.storage.tables import LIVE, PARTS, TABLES, Table


class Backend(Protocol):
    """A way of partitioning. All take the connection to work on."""

    def create(self, connection: BaseDatabaseWrapper, table: Table, now: datetime) -> None:
        """Make a table that takes rows of now."""

    def ensure(
        self, connection: BaseDatabaseWrapper, table: Table, moments: Iterable[datetime]
    ) -> None:
        """See to it that rows of these moments can be stored; not within a transaction of rows."""

    def prepare(self, connection: BaseDatabaseWrapper, table: Table, now: datetime) -> None:
        """Do what is to be done ahead of time; called every few minutes."""

    def expire(self, connection: BaseDatabaseWrapper, table: Table, now: datetime) -> list[str]:
        """Drop the parts all of whose rows are past their retention; return their names."""


def backend(connection: BaseDatabaseWrapper) -> Backend:
    """Return the way that this database's tables were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = 'flow'::regclass")
        row = cursor.fetchone()
    return native if row and row[0] else timescale


def create(connection: BaseDatabaseWrapper, now: datetime) -> None:
    """Make all tables of flows and traffic."""
    way = choose(connection)
    for table in TABLES:
        way.create(connection, table, now)
    with connection.cursor() as cursor:
        for statement in (*LIVE, *PARTS):
            cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Remove all tables of flows and traffic with their rows."""
    with connection.cursor() as cursor:
        for name in (*(table.name for table in TABLES), "flow_live", "traffic_part"):
            cursor.execute(f"DROP TABLE IF EXISTS {name} CASCADE")


def choose(connection: BaseDatabaseWrapper) -> Backend:
    """Return the better way that the server offers; NTOPWEB_TIMESCALE=0 refuses hypertables."""
    if not settings.TIMESCALE:
        return native
    with connection.cursor() as cursor:
        if not _is_available(cursor):
            return native
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        except DatabaseError:  # not loaded by the server, or not ours to create
            return native
    return timescale


def _is_available(cursor: Any) -> bool:
    cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'")
    return cursor.fetchone() is not None
