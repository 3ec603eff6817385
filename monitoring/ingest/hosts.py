"""The table of hosts, kept from the host frame: sorted upserts, bounded.

Known hosts go on being counted. New ones take the places that are left, the greatest first: of
local hosts in all, of remote ones in all and in the minute of their first sight. Who would make new
ones waits for a lock of the database, so that several ingest processes keep one bound.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from django.conf import settings
from django.db import connection

from monitoring import overflow
from monitoring.enrichment.addresses import macs
from monitoring.ingest.store import copy

#: Remote hosts of one batch that are looked at, local ones likewise: the greatest.
MOST_REMOTE: Final = 20_000
MOST_LOCAL: Final = 50_000
#: When so much of the remote hosts' places is taken, and until how much is, the silent ones leave.
CROWDED, ROOMY = 0.9, 0.8
SILENT: Final = timedelta(minutes=10)

_COLUMNS: Final = {
    "interface_id": "interface_id",
    "vlan": "vlan",
    "address": "address",
    "name": "name",
    "mac": "mac",
    "is_local": "is_local",
    "country": "country",
    "first_seen": "time",
    "last_seen": "time",
    "bytes_sent": "bytes_sent",
    "bytes_received": "bytes_received",
    "packets_sent": "packets_sent",
    "packets_received": "packets_received",
    "flows_as_client": "new_flows",
    "flows_as_server": "new_flows_received",
    "score": "score",
}
_ADDED: Final = (
    *("bytes_sent", "bytes_received", "packets_sent", "packets_received"),
    *("flows_as_client", "flows_as_server"),
)
_CHANGED: Final = ", ".join(
    [
        *(f"{name} = h.{name} + excluded.{name}" for name in _ADDED),
        "last_seen = greatest(h.last_seen, excluded.last_seen)",
        "score = excluded.score",
        "is_local = excluded.is_local",
        "name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE h.name END",
        "mac = CASE WHEN excluded.mac <> '' THEN excluded.mac ELSE h.mac END",
    ]
)
_UPSERT: Final = (
    "INSERT INTO monitoring_host AS h ({columns}, mac_vendor, as_name, city, pool_id)"
    " SELECT {columns}, '', '', '', (SELECT id FROM monitoring_hostpool WHERE id = pool)"
    " FROM host_in ORDER BY interface_id, vlan, address"
    " ON CONFLICT (interface_id, vlan, address) DO UPDATE SET {changed}"
)
_KEY: Final = ("interface_id", "vlan", "address")
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('ntopweb.hosts'))"
_IS_NEW: Final = (
    "NOT EXISTS (SELECT FROM monitoring_host h WHERE h.interface_id = i.interface_id"
    " AND h.vlan = i.vlan AND h.address = i.address)"
)
_WANTED: Final = f"""
    SELECT is_local, date_trunc('minute', first_seen) AS minute, count(*)
    FROM host_in i WHERE {_IS_NEW} GROUP BY 1, 2 ORDER BY 1 DESC, 2"""
_LEAVE_OUT: Final = f"""
    DELETE FROM host_in WHERE (interface_id, vlan, address) IN (
        SELECT interface_id, vlan, address FROM host_in i
        WHERE is_local = %s AND date_trunc('minute', first_seen) = %s AND {_IS_NEW}
        ORDER BY bytes_sent + bytes_received DESC, address OFFSET %s)"""
_IN_ALL: Final = "SELECT count(*) FROM monitoring_host WHERE is_local = %s"
_IN_MINUTE: Final = (
    "SELECT count(*) FROM monitoring_host WHERE NOT is_local"
    " AND first_seen >= %s AND first_seen < %s"
)
_TRIM: Final = """
    DELETE FROM monitoring_host WHERE id IN (
        SELECT id FROM monitoring_host WHERE NOT is_local AND last_seen < %s
        ORDER BY bytes_sent + bytes_received, last_seen LIMIT %s FOR UPDATE SKIP LOCKED)"""


def write(cursor: Any, table: pl.DataFrame) -> int:
    """Upsert the hosts of an enriched host frame; return how many got no place."""
    kept, counts = _greatest(table)
    if kept.is_empty():
        return 0
    cursor.execute(_TEMPORARY)
    cursor.execute("DELETE FROM host_in")
    copy(cursor, "host_in", _folded(kept))
    if _wanted(cursor):
        cursor.execute(_LOCK)
        counts |= _leave_out(cursor)
    cursor.execute(_UPSERT.format(columns=", ".join(_COLUMNS), changed=_CHANGED))
    interface = int(table["interface_id"][0])
    overflow.note(cursor, {(interface, bound): count for bound, count in counts.items()})
    return sum(counts.values())


def trim(now: datetime) -> int:
    """When the places of remote hosts run short, delete silent ones; return how many.

    Those with the least traffic go first: a flood's, before those that the operator knows.
    """
    most = settings.HOST_BOUNDS["remote"]
    with connection.cursor() as cursor:
        cursor.execute(_IN_ALL, [False])
        there = cursor.fetchone()[0]
        if there <= most * CROWDED:
            return 0
        cursor.execute(_TRIM, [now - SILENT, there - int(most * ROOMY)])
        return int(cursor.rowcount)


def _greatest(table: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the rows that are looked at, and how many are not."""
    size = pl.col("bytes_sent") + pl.col("bytes_received")
    parts, counts = [], {}
    for is_local, most in ((True, MOST_LOCAL), (False, MOST_REMOTE)):
        rows = table.filter(pl.col("is_local") == is_local)
        parts.append(rows.top_k(most, by=size) if rows.height > most else rows)
        counts[f"hosts: {_KIND[is_local]} of a batch"] = max(rows.height - most, 0)
    return pl.concat(parts), counts


_KIND: Final = {True: "local", False: "remote"}


def _folded(kept: pl.DataFrame) -> pl.DataFrame:
    """Return a row a host: it has one per interval, and a batch may hold several intervals."""
    name = pl.col("name").fill_null("").str.slice(0, 253).str.replace_all("\0", "", literal=True)
    rows = kept.with_columns(macs("mac").alias("mac"), name.alias("name")).select(
        *(pl.col(source).alias(name) for name, source in _COLUMNS.items()), "pool"
    )
    folded = rows.group_by(_KEY).agg(
        pl.col(_ADDED).cast(pl.Int64).sum(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
        pl.col("name", "mac", "is_local", "country", "score", "pool").last(),
    )
    return folded.select(*_COLUMNS, "pool")


def _wanted(cursor: Any) -> list[tuple[bool, datetime, int]]:
    """Return how many hosts are new: (is_local, minute, count)."""
    cursor.execute(_WANTED)
    rows: list[tuple[bool, datetime, int]] = cursor.fetchall()
    return rows


def _leave_out(cursor: Any) -> dict[str, int]:
    """Take out of the batch the new hosts for whom there is no place; return how many, by bound."""
    counts: dict[str, int] = {}
    room: dict[bool, int] = {}
    for is_local, minute, wanted in _wanted(cursor):
        if is_local not in room:
            cursor.execute(_IN_ALL, [is_local])
            room[is_local] = max(settings.HOST_BOUNDS[_KIND[is_local]] - cursor.fetchone()[0], 0)
        places, bound = room[is_local], f"hosts: {_KIND[is_local]} in all"
        if not is_local and (in_minute := _room_in_minute(cursor, minute)) < places:
            places, bound = in_minute, "hosts: new remote in a minute"
        if wanted > places:
            cursor.execute(_LEAVE_OUT, [is_local, minute, places])
            counts[bound] = counts.get(bound, 0) + cursor.rowcount
        room[is_local] -= min(wanted, places)
    return counts


def _room_in_minute(cursor: Any, minute: datetime) -> int:
    cursor.execute(_IN_MINUTE, [minute, minute + timedelta(minutes=1)])
    return max(settings.HOST_BOUNDS["remote a minute"] - int(cursor.fetchone()[0]), 0)


_TEMPORARY: Final = (
    "CREATE TEMP TABLE IF NOT EXISTS host_in (interface_id bigint, vlan int, address inet,"
    " name varchar(253), mac text, is_local bool, country text, first_seen timestamptz,"
    " last_seen timestamptz, bytes_sent bigint, bytes_received bigint, packets_sent bigint,"
    " packets_received bigint, flows_as_client bigint, flows_as_server bigint, score int, pool int)"
    " ON COMMIT DELETE ROWS"
)
