"""The rows of the roll-ups, for programs that sum themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection

from monitoring.history.keyset import Bound, Keyset, Page, read_page
from monitoring.history.window import TABLES

_COLUMNS: Final = (
    "bucket, interface_id, dimension, key, bytes_sent, bytes_received,"
    " packets_sent, packets_received, flows, score, alerts"
)


#: Whether a host's key, an address with "@" and the VLAN, lies in networks; "other" does not.
IN_NETWORKS: Final = (
    "CASE WHEN key ~ '^[0-9a-fA-F:.]+(@[0-9]+)?$'"
    " THEN split_part(key, '@', 1)::inet <<= ANY(%s::inet[]) ELSE false END"
)


@dataclass(frozen=True)
class RollupFilter:
    """Which rows: of one resolution and dimension, from ``since`` until before ``until``."""

    resolution: str
    dimension: str
    since: datetime
    until: datetime
    key: str | None = None
    interfaces: Sequence[int] | None = None
    #: Of the dimension "host", those in these networks alone; empty for all.
    networks: Sequence[str] = ()


def rollups(
    wanted: RollupFilter, ordering: str = "-bucket", size: int = 100, cursor: str = ""
) -> Page[dict[str, Any]]:
    """Return a page of rows with ``interface_name``; raises BadCursor, KeyError (resolution)."""
    keyset = Keyset(ordering, ("bucket", "interface_id", "key"))
    return read_page(partial(_rows, wanted), keyset, size, cursor)


def forget(interfaces: Sequence[int]) -> None:
    """Delete the sums of these interfaces."""
    with connection.cursor() as cursor:
        for table in TABLES.values():
            cursor.execute(f"DELETE FROM {table} WHERE interface_id = ANY(%s)", [list(interfaces)])


def _rows(
    wanted: RollupFilter, bound: Bound | None, columns: Sequence[str], size: int
) -> list[dict[str, Any]]:
    where = "dimension = %s AND bucket >= %s AND bucket < %s"
    values: list[Any] = [wanted.dimension, wanted.since, wanted.until]
    if wanted.key is not None:
        where, values = f"{where} AND key = %s", [*values, wanted.key]
    if wanted.interfaces is not None:
        where, values = f"{where} AND interface_id = ANY(%s)", [*values, list(wanted.interfaces)]
    if wanted.networks:
        where, values = f"{where} AND {IN_NETWORKS}", [*values, list(wanted.networks)]
    if bound is not None:
        beyond, more = bound.as_sql()
        where, values = f"{where} AND {beyond}", [*values, *more]
    order = ", ".join(f"{name[1:]} DESC" if name[0] == "-" else name for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS}, (SELECT name FROM monitoring_interface i"
            f" WHERE i.id = interface_id) AS interface_name FROM {TABLES[wanted.resolution]}"
            f" WHERE {where} ORDER BY {order} LIMIT %s",
            [*values, size],
        )
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
