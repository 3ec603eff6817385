"""The table of hosts, kept from the host frame: sorted upserts, bounded."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from monitoring.enrichment.addresses import macs
from monitoring.ingest.store import copy

#: Remote hosts of one batch that are kept; all local ones are.
MOST_REMOTE: Final = 500
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


def bounded(table: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return the rows whose hosts are kept, and how many remote ones are not."""
    size = pl.col("bytes_sent") + pl.col("bytes_received")
    remote = table.filter(~pl.col("is_local")).sort(size, descending=True)
    kept = pl.concat([table.filter("is_local"), remote.head(MOST_REMOTE)])
    return kept, table.height - kept.height


def write(cursor: Any, table: pl.DataFrame) -> int:
    """Upsert the hosts of an enriched host frame; return how many rows were not kept."""
    kept, left_out = bounded(table)
    # A host has one row per interval; a batch may hold several intervals.
    key = ("interface_id", "vlan", "address")
    rows = kept.with_columns(macs("mac").alias("mac"), pl.col("name").fill_null("")).select(
        *(pl.col(source).alias(name) for name, source in _COLUMNS.items()), "pool"
    )
    folded = rows.group_by(key).agg(
        pl.col(_ADDED).cast(pl.Int64).sum(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
        pl.col("name", "mac", "is_local", "country", "score", "pool").last(),
    )
    if folded.height:
        cursor.execute(_TEMPORARY)
        cursor.execute("DELETE FROM host_in")
        copy(cursor, "host_in", folded.select(*_COLUMNS, "pool"))
        cursor.execute(_UPSERT.format(columns=", ".join(_COLUMNS), changed=_CHANGED))
    return left_out


_TEMPORARY: Final = (
    "CREATE TEMP TABLE IF NOT EXISTS host_in (interface_id bigint, vlan int, address inet,"
    " name varchar(253), mac text, is_local bool, country text, first_seen timestamptz,"
    " last_seen timestamptz, bytes_sent bigint, bytes_received bigint, packets_sent bigint,"
    " packets_received bigint, flows_as_client bigint, flows_as_server bigint, score int, pool int)"
    " ON COMMIT DELETE ROWS"
)
