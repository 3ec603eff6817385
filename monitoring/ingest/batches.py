"""Batches that are kept for what follows their storing: written with them, claimed, done.

A batch is kept in the transaction that stores it, so that what follows misses none. The follower
claims it, works, and says it is done in one transaction of its own: what dies leaves it waiting,
and what it found is there once.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
import zstandard
from django.conf import settings
from django.db import connection

from capture_agent.schema import CONTENT_TYPE
from monitoring.ingest.body import Limits, read
from monitoring.ingest.refusal import Refusal
from monitoring.ingest.validation import validate
from monitoring.models import Batch

logger = logging.getLogger(__name__)


class Kept(NamedTuple):
    """A claimed batch: its good rows as they came."""

    line: int
    interface: int
    received_at: datetime
    table: pl.DataFrame


class Backlog(NamedTuple):
    """What waits: how many batches, and since when the oldest, in seconds."""

    batches: int
    seconds: float


def encode(table: pl.DataFrame) -> bytes:
    """Return a table as a body: for batches that came otherwise."""
    stream = io.BytesIO()
    table.write_ipc_stream(stream)
    return zstandard.compress(stream.getvalue(), 1)


def keep(cursor: Any, line: int, arrow: bytes) -> None:
    """Keep a batch's body in the caller's transaction."""
    cursor.execute(
        "INSERT INTO monitoring_batch (line_id, state, arrow) VALUES (%s, 'new', %s)", [line, arrow]
    )


def claim(cursor: Any, limit: int) -> list[Kept]:
    """Lock the oldest waiting batches until the transaction ends and return them.

    Others that claim at the same time get the next ones. What cannot be read is set aside.
    """
    cursor.execute(
        """SELECT b.line_id, l.interface_id, l.received_at, b.arrow
           FROM monitoring_batch b JOIN monitoring_ledgerline l ON l.id = b.line_id
           WHERE b.state = 'new' ORDER BY b.line_id LIMIT %s FOR UPDATE OF b SKIP LOCKED""",
        [limit],
    )
    rows = cursor.fetchall()
    return [kept for row in rows if (kept := _decoded(cursor, *row))]


def _decoded(
    cursor: Any, line: int, interface: int, received_at: datetime, arrow: bytes
) -> Kept | None:
    limits = Limits(len(arrow), settings.INGEST_MAX_DECOMPRESSED_BYTES, settings.INGEST_MAX_ROWS)
    try:
        table = read(bytes(arrow), "zstd", CONTENT_TYPE, "flow", limits)
    except Refusal as refusal:
        logger.error("the kept batch %d cannot be read: %s", line, refusal.reason)
        finish(cursor, [line], Batch.State.FAILED)
        return None
    retention = timedelta(days=settings.RETENTION_DAYS["flow"])
    good, _ = validate(table, "flow", received_at, retention)
    return Kept(line, interface, received_at, good)


def finish(cursor: Any, lines: Iterable[int], state: str = Batch.State.DONE) -> None:
    """Say that these batches are done."""
    cursor.execute(
        "UPDATE monitoring_batch SET state = %s WHERE line_id = ANY(%s)", [state, list(lines)]
    )


def backlog(now: datetime) -> Backlog:
    """Return what waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*), min(l.received_at) FROM monitoring_batch b
               JOIN monitoring_ledgerline l ON l.id = b.line_id WHERE b.state = 'new'"""
        )
        count, oldest = cursor.fetchone()
    return Backlog(count, max((now - oldest).total_seconds(), 0.0) if oldest else 0.0)
