"""Rows of the trial table: written as ingest does, by COPY, and read back."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from monitoring import storage
from monitoring.storage.tables import Table


def put(table: Table, *rows: tuple[datetime, str]) -> None:
    """Store rows of (time, client)."""
    storage.backend(connection).ensure(connection, table, [time for time, _ in rows])
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table.name} (time, flow_id, client) FROM STDIN") as copy,
    ):
        for number, (time, client) in enumerate(rows, 1):
            copy.write_row((time, number, client))


def clients(table: Table) -> list[str]:
    """Return the clients, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT host(client) FROM {table.name} ORDER BY time, client")
        return [address for (address,) in cursor.fetchall()]


def asked(statement: str, *values: object) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
