"""Which way of partitioning a database uses, and what both ways can do."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Protocol

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


#: The way of each database that was looked at, and until when rows of which parts can be stored.
_known: dict[tuple[str, ...], Backend] = {}
_ready: dict[tuple[object, ...], float] = {}
#: So long a part that was there is taken to be there, in seconds.
_TRUST: Final = 60.0


def make_room(
    connection: BaseDatabaseWrapper, tables: Iterable[Table], moments: Iterable[datetime]
) -> None:
    """See to it that rows of these moments can be stored; asks the database once a minute."""
    way, now, place = backend(connection), time.monotonic(), _place(connection)
    for table in tables:
        starts = {table.floor(moment) for moment in moments}
        asked = [s for s in starts if _ready.get((*place, table.name, s), 0.0) < now]
        if asked:
            way.ensure(connection, table, asked)
        if not connection.in_atomic_block:  # else it may yet be undone
            _ready.update({(*place, table.name, start): now + _TRUST for start in asked})


def backend(connection: BaseDatabaseWrapper) -> Backend:
    """Return the way that this database's tables were made."""
    place = _place(connection)
    if place not in _known:
        way = _look(connection)
        if connection.in_atomic_block:
            return way
        _known[place] = way
    return _known[place]


def forget() -> None:
    """Look at the databases anew: for who drops and makes their tables."""
    _known.clear()
    _ready.clear()


def _place(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    return tuple(str(connection.settings_dict[name]) for name in ("HOST", "PORT", "NAME"))


def _look(connection: BaseDatabaseWrapper) -> Backend:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = 'flow'::regclass")
        row = cursor.fetchone()
    return native if row and row[0] else timescale


def create(connection: BaseDatabaseWrapper, now: datetime) -> None:
    """Make all tables of flows and traffic."""
    forget()
    way = choose(connection)
    for table in TABLES:
        way.create(connection, table, now)
    with connection.cursor() as cursor:
        for statement in (*LIVE, *PARTS):
            cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Remove all tables of flows and traffic with their rows."""
    forget()
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
