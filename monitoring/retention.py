"""Everything has an end: what is past its retention goes, and what time will need is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from monitoring import storage
from monitoring.models import Batch, Host, LedgerLine, Overflow
from monitoring.storage.tables import FLOW, TABLES

#: A flow of which nothing came for so long was lost with its agent: two updates were due.
STALE: Final = timedelta(minutes=5)


def prepare(now: datetime) -> None:
    """Make the parts that the next days need."""
    for table in TABLES:
        storage.backend(connection).prepare(connection, table, now)


def expire(now: datetime) -> list[str]:
    """Drop what is past its retention; return the names of dropped parts. Needs autocommit."""
    dropped = [
        name
        for table in TABLES
        for name in storage.backend(connection).expire(connection, table, now)
    ]
    days = settings.RETENTION_DAYS
    Batch.objects.filter(line__received_at__lt=now - timedelta(days=days["batch"])).delete()
    LedgerLine.objects.filter(received_at__lt=now - timedelta(days=days["ledger"])).delete()
    Overflow.objects.filter(noted_at__lt=now - timedelta(days=days["ledger"])).delete()
    Host.objects.filter(last_seen__lt=now - timedelta(days=days["host"])).delete()
    return dropped


#: So many flows are closed in one transaction.
AT_ONCE: Final = 20_000

#: Interfaces with the time before which their flows are stale: by the newest time that is known of
#: their flows, or by now where nothing came lately. What a backlog still brings is late, not lost:
#: it is behind that newest time, not now. Materialized, or it would be asked again for each flow.
_HORIZON: Final = """
    horizon AS MATERIALIZED (
        SELECT i.id, least(%(past)s, CASE WHEN i.last_seen >= %(past)s THEN greatest(
            (SELECT max(time) FROM flow_live l WHERE l.interface_id = i.id),
            (SELECT time FROM flow f WHERE f.interface_id = i.id AND f.time >= %(past)s
             ORDER BY time DESC LIMIT 1)) - (%(now)s::timestamptz - %(past)s) END) AS time
        FROM monitoring_interface i
        WHERE i.id IN (SELECT interface_id FROM flow_live WHERE time < %(past)s)),
    stale AS (
        SELECT l.flow_id FROM flow_live l JOIN horizon h ON h.id = l.interface_id
        WHERE l.time < %(past)s AND l.time < h.time
        ORDER BY l.time LIMIT %(most)s FOR UPDATE OF l SKIP LOCKED)"""


def close_stale(now: datetime) -> int:
    """Move flows whose agent went silent from ``flow_live`` to ``flow``; return how many.

    Their last row becomes their end, with no traffic of its own: it was counted when it came.
    """
    closed = 0
    while True:
        found, ended = _close_some(now)
        closed += ended
        if found < AT_ONCE:
            return closed


def _close_some(now: datetime) -> tuple[int, int]:
    """Return how many flows were stale, and how many of them had no end yet."""
    zero = [name for name in FLOW if name.endswith("_delta")]
    chosen = ", ".join("3" if n == "event" else "0" if n in zero else n for n in FLOW)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {_HORIZON},"
            f" lost AS (DELETE FROM flow_live l USING stale s WHERE l.flow_id = s.flow_id"
            f"          RETURNING l.*),"
            f" fresh AS (SELECT * FROM lost l WHERE NOT EXISTS (SELECT FROM flow f"
            f"           WHERE f.flow_id = l.flow_id AND f.event = 3)),"
            f" detail AS (INSERT INTO flow_detail (time, flow_id, detail)"
            f"            SELECT time, flow_id, detail FROM fresh"
            f"            WHERE detail IS NOT NULL AND event < 2),"  # an update's is stored
            f" ended AS (INSERT INTO flow ({', '.join(FLOW)}) SELECT {chosen} FROM fresh"
            f"           RETURNING 1)"
            f" SELECT (SELECT count(*) FROM lost), (SELECT count(*) FROM ended)",
            {"past": now - STALE, "now": now, "most": AT_ONCE},
        )
        found, ended = cursor.fetchone()
    return found, ended
