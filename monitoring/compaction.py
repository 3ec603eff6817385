"""Folding the batches' partial sums into the roll-ups, bounded: one writer for all.

The compactor, alone under an advisory lock, takes parts, adds them to every resolution, folds the
keys that are over the bound of their step into one, and deletes the parts, in one transaction:
exactly once, whenever the rows' own time was.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl
from django.conf import settings
from django.db import connection, transaction

from capture_agent.schema import pack
from monitoring import overflow, storage
from monitoring.cardinality import GROUP, KEY, OTHER, SUMS, Merged, Most, merge
from monitoring.enrichment.context import current
from monitoring.ingest.store import copy
from monitoring.storage.tables import TRAFFIC

_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtext('ntopweb.rollup'))"
#: Parts folded in one transaction, and their bytes: what is over waits for the next one.
_AT_ONCE: Final = 500
_BYTES_AT_ONCE: Final = 8 * 2**20
_WAITING: Final = """
    SELECT id, arrow FROM traffic_part WHERE id IN (
        SELECT id FROM (
            SELECT id, sum(length(arrow)) OVER (ORDER BY id) - length(arrow) AS before
            FROM (SELECT id, arrow FROM traffic_part ORDER BY id LIMIT %s) AS oldest
        ) AS summed WHERE before < %s)
    ORDER BY id"""
_STANDING: Final = """
    FROM {table} t JOIN unnest(%s::timestamptz[], %s::int[], %s::text[])
        AS g (bucket, interface_id, dimension) USING (dimension, bucket, interface_id)"""

Counts = Counter[tuple[int, str]]


def compact() -> int:
    """Fold the parts that wait; return how many. 0 also when another one is at it.

    What comes meanwhile waits for the next time: to fold one part costs as much as to fold twenty.
    """
    folded, is_more = 0, True
    while is_more:
        waiting, is_more = _waiting()
        folded += (taken := _fold(waiting))
        is_more &= taken > 0
    return folded


def _waiting() -> tuple[dict[int, pl.DataFrame], bool]:
    """Return the oldest parts, and whether they are so many that there may be more."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [_AT_ONCE, _BYTES_AT_ONCE])
        found = {part: bytes(arrow) for part, arrow in cursor.fetchall()}
    is_full = len(found) >= _AT_ONCE or sum(map(len, found.values())) >= _BYTES_AT_ONCE
    return {part: _table(arrow) for part, arrow in found.items()}, is_full


def _fold(waiting: Mapping[int, pl.DataFrame]) -> int:
    if not waiting:
        return 0
    _prepare(pl.concat(waiting.values()))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("DELETE FROM traffic_part WHERE id = ANY(%s) RETURNING id", [list(waiting)])
        taken = [waiting[part] for (part,) in cursor.fetchall()]  # not what another one folded
        if taken:
            _add(cursor, pl.concat(taken))
    return len(taken)


def _table(arrow: bytes) -> pl.DataFrame:
    found = pl.read_ipc_stream(io.BytesIO(arrow))
    if "left_out" not in found.columns:  # of a batch before these were counted
        found = found.with_columns(pl.lit(0, pl.Int64).alias("left_out"))
    return found


def _prepare(parts: pl.DataFrame) -> None:
    """See to the partitions first: making one must not wait on rows."""
    moments: list[datetime] = parts["bucket"].dt.truncate("1h").unique().to_list()
    way = storage.backend(connection)
    for table in TRAFFIC.values():
        way.ensure(connection, table, moments)


def _add(cursor: Any, parts: pl.DataFrame) -> None:
    """Add the parts to every resolution, and count the keys without a line of their own."""
    counts: Counts = Counter()
    _count(counts, "of a batch", parts.group_by(GROUP).agg(pl.col("left_out").sum().alias("len")))
    for resolution in TRAFFIC:
        span = pl.col("bucket").dt.truncate(resolution)
        sums = parts.with_columns(span).group_by(KEY).agg(pl.col(SUMS).sum())
        merged = _merged(cursor, resolution, sums)
        _count(counts, f"in {resolution}", merged.left_out)
        _write(cursor, f"traffic_{resolution}", merged)
    overflow.note(cursor, counts)


def _count(counts: Counts, where: str, left_out: pl.DataFrame) -> None:
    for interface, dimension, count in left_out.select("interface_id", "dimension", "len").rows():
        counts[interface, f"traffic by {dimension}: keys {where}"] += count


def _merged(cursor: Any, resolution: str, sums: pl.DataFrame) -> Merged:
    """Return what a table becomes; only groups that may be over their bound are read."""
    most = Most(settings.TRAFFIC_KEYS[resolution], settings.TRAFFIC_LOCAL_HOSTS)
    groups = sums.group_by(GROUP).len()
    counted = {**groups.schema, "len": pl.Int64}
    there = _standing(cursor, resolution, groups, counted, " GROUP BY 1, 2, 3")
    near = groups.join(there, on=GROUP, how="left", suffix="_there").filter(
        pl.col("len") + pl.col("len_there").fill_null(0) > most.others
    )
    crowded = sums.join(near, on=GROUP, how="semi")
    easy = sums.join(near, on=GROUP, how="anti")
    standing = _standing(cursor, resolution, near, crowded.select(*KEY, *SUMS).schema)
    merged = merge(standing, crowded, most, _is_local)
    return merged._replace(added=pl.concat([easy.select(*KEY, *SUMS), merged.added]))


def _standing(
    cursor: Any, resolution: str, groups: pl.DataFrame, schema: Mapping[str, Any], rest: str = ""
) -> pl.DataFrame:
    """Return what stands of the groups, by COPY: these can be many rows, four times a round."""
    if groups.is_empty():
        return pl.DataFrame(schema=schema)
    columns = ", ".join(_READ.get(name, name) for name in schema)
    source = _STANDING.format(table=f"traffic_{resolution}")
    statement = f"COPY (SELECT {columns}{source}{rest}) TO STDOUT (FORMAT csv)"
    with cursor.copy(statement, [groups[name].to_list() for name in GROUP]) as rows:
        text = b"".join(rows)
    if not text:
        return pl.DataFrame(schema=schema)
    as_read = {**schema, "bucket": pl.Int64}
    found = pl.read_csv(text, has_header=False, schema=as_read)
    return found.cast({"bucket": schema["bucket"]})


#: How a column is read where not as it is: moments as microseconds since 1970.
_READ: Final = {"bucket": "(extract(epoch FROM bucket) * 1000000)::bigint", "len": "count(*)"}


def _is_local(rows: pl.DataFrame) -> pl.Series:
    """Say of each key whether it is a local host: an address, with @VLAN or without."""
    hosts = rows.select((pl.col("dimension") == "host") & (pl.col("key") != OTHER))
    is_host = hosts.to_series()
    words = [_packed(key) for key in rows.filter(is_host)["key"].to_list()]
    pairs = np.array(words, dtype=np.uint64).reshape(-1, 2)
    found = current().local.find(pairs[:, 0], pairs[:, 1]) > 0
    at = is_host.cum_sum().cast(pl.Int64) - 1
    return pl.Series(found, dtype=pl.Boolean).gather(at.set(~is_host, None)).fill_null(value=False)


@lru_cache(1 << 16)
def _packed(key: str) -> tuple[int, int]:
    """Return the address of a host's key: each round asks of mostly the same ones again."""
    return pack(key.partition("@")[0])


def _write(cursor: Any, table: str, merged: Merged) -> None:
    """Take away the keys that go and add to the others, keys sorted."""
    for name, rows in (("fold", merged.added.sort(KEY)), ("gone", merged.gone)):
        cursor.execute(f"CREATE TEMP TABLE {name} (LIKE {table}) ON COMMIT DROP")
        cursor.execute(f"ALTER TABLE {name} {_OPTIONAL}")
        copy(cursor, name, rows)
    same = " AND ".join(f"t.{name} = gone.{name}" for name in KEY)
    if merged.gone.height:
        cursor.execute(f"DELETE FROM {table} t USING gone WHERE {same}")
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in SUMS)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join((*KEY, *SUMS))}) SELECT {', '.join((*KEY, *SUMS))}"
        f" FROM fold ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {added}"
    )
    cursor.execute("DROP TABLE fold, gone")


_OPTIONAL: Final = ", ".join(f"ALTER COLUMN {name} DROP NOT NULL" for name in SUMS)
