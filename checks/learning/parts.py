"""Rows that wait to be folded: one part a batch, written in the batch's own transaction.

Parts are kept for a window after they were folded, so that a window slides over them.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import polars as pl
from django.db import connection

from checks.models import Part

#: What is kept of each frame's rows.
KEPT: Final[dict[str, tuple[str, ...]]] = {
    "flow": (
        *("flow_id", "event", "first_seen", "last_seen", "interface_id", "vlan"),
        *("client_high", "client_low", "server_high", "server_low", "server_port", "l4"),
        *("client_mac", "server_mac", "client_is_local", "server_is_local"),
        *("client_country", "server_country", "application", "category", "server_name"),
        *("dns_query", "dns_rcode", "connection_state"),
        *("bytes_to_server", "bytes_to_client", "packets_to_server", "packets_to_client"),
        *("bytes_to_server_delta", "bytes_to_client_delta"),
        *("payload_to_server", "payload_to_client"),
        *("retransmissions_to_server", "retransmissions_to_client"),
        *("out_of_order_to_server", "out_of_order_to_client"),
    ),
    "l2": (
        *("time", "event", "interface_id", "vlan", "sender_mac", "target_mac"),
        *("sender_high", "sender_low", "target_high", "target_low"),
        *("dhcp_message", "dhcp_hostname", "dhcp_server_high", "dhcp_server_low"),
    ),
    "industrial": (
        *("time", "interface_id", "vlan", "client_high", "client_low"),
        *("server_high", "server_low", "server_port", "protocol", "is_from_server"),
        *("code", "previous", "messages", "exceptions"),
    ),
}
#: How long a window is, and so how long parts stay.
WINDOW: Final = timedelta(minutes=5)
#: Parts read at once; what is over waits for the next round, counted by its length.
MOST: Final = 4_000


class Taken(NamedTuple):
    """The rows of a frame: those that came since the last round, and those of the window."""

    fresh: pl.DataFrame
    window: pl.DataFrame


def append(cursor: Any, frame: str, table: pl.DataFrame) -> None:
    """Leave a batch's rows for the next round, in the caller's transaction."""
    if frame in KEPT and table.height:
        arrow = io.BytesIO()
        table.select(KEPT[frame]).write_ipc_stream(arrow, compression="zstd")
        cursor.execute(
            "INSERT INTO checks_part (frame, arrow) VALUES (%s, %s)", [frame, arrow.getvalue()]
        )


def lock(cursor: Any) -> bool:
    """Return whether this transaction is the one that folds."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('ntopweb.learning'))")
    return bool(cursor.fetchone()[0])


def take(frame: str, now: datetime) -> Taken:
    """Mark the waiting parts as folded and return them, with what the window still holds.

    Call it in a transaction that holds :func:`lock`.
    """
    Part.objects.filter(frame=frame, is_folded=True, created_at__lt=now - WINDOW).delete()
    rows = list(Part.objects.filter(frame=frame).order_by("id")[:MOST])
    fresh = [part for part in rows if not part.is_folded]
    Part.objects.filter(pk__in=[part.pk for part in fresh]).update(is_folded=True)
    return Taken(_concat(fresh), _concat(rows))


def _concat(parts: list[Part]) -> pl.DataFrame:
    tables = [pl.read_ipc_stream(io.BytesIO(bytes(part.arrow))) for part in parts]
    return pl.concat(tables) if tables else pl.DataFrame()


def waiting() -> int:
    """Return how many parts are not folded yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM checks_part WHERE NOT is_folded")
        return int(cursor.fetchone()[0])
