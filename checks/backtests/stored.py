"""Stored flows in portions, enriched as of now, with only the columns that checks read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import polars as pl
from django.db import connection

from capture_agent.schema import FLOW
from checks.frames import FLOW_ADDED
from monitoring.enrichment.context import Context
from monitoring.enrichment.rows import enrich_flows
from monitoring.history import flow_frame

#: Rows of a portion, about; a portion is never shorter in time than one bucket.
PORTION: Final = 250_000
_BUCKET: Final = timedelta(seconds=10)

#: What enrichment makes a column of, beside the addresses.
_MADE_OF: Final = {
    "bits_per_second": (
        "bytes_to_server_delta",
        "bytes_to_client_delta",
        "last_seen",
        "interval_start",
    ),
    "duration": ("first_seen", "last_seen"),
    "name_list": ("server_name",),
    "category": ("category", "server_name"),
}
_ADDRESSES: Final = ("client_high", "client_low", "server_high", "server_low")
#: Told of every example, whatever the check reads.
_ALWAYS: Final = (*_ADDRESSES, "flow_id", "event", "last_seen", "interface_id")


class Portion(NamedTuple):
    """A half-open part of the time range, and how many rows it has."""

    since: datetime
    until: datetime
    rows: int


def portions(since: datetime, until: datetime) -> list[Portion]:
    """Return the time range cut where about PORTION rows are together; empty parts are left out."""
    found: list[Portion] = []
    for start, rows in _counts(since, until):
        end = min(start + _BUCKET, until)
        last = found[-1] if found else None
        if last is not None and last.rows + rows <= PORTION:
            found[-1] = Portion(last.since, end, last.rows + rows)
        else:
            found.append(Portion(max(start, since), end, rows))
    return found


def _counts(since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date_bin(%s::interval, time, 'epoch'), count(*) FROM flow"
            " WHERE time >= %s AND time < %s GROUP BY 1 ORDER BY 1",
            ["10 seconds", since, until],
        )
        yield from cursor.fetchall()


def read(portion: Portion, columns: Collection[str], context: Context) -> pl.DataFrame:
    """Return the rows of a portion, oldest first where of one flow, as the enriched flow frame.

    Columns that are not asked for are null.
    """
    wanted = set(_ALWAYS) | {name for name in columns if name in FLOW}
    wanted |= {made for name in columns for made in _MADE_OF.get(name, ())}
    values = [portion.since, portion.until]
    rows = flow_frame.read("f.time >= %s AND f.time < %s", values, columns=wanted)
    return enriched(rows, context)


def read_flow(flow_id: int, context: Context) -> pl.DataFrame:
    """Return all stored rows of one flow, the active one's latest included."""
    wanted = [*FLOW, "interface_id"]
    parts = [
        flow_frame.read("f.flow_id = %s ORDER BY f.time", [flow_id], table, wanted)
        for table in ("flow", "flow_live")
    ]
    return enriched(pl.concat(parts), context)


def enriched(rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return stored rows with what enrichment adds; the interface is the stored one."""
    interfaces = rows["interface_id"].cast(pl.Int32)
    table = enrich_flows(rows.drop("interface_id"), context, 0).with_columns(interfaces)
    return table.select(*FLOW, *FLOW_ADDED)
