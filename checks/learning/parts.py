"""Rows that wait to be folded: one part a batch, written in the batch's own transaction.

Parts are kept for a window after they were folded, so that a window slides over them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import polars as pl
from django.db import connection
from django.db.models import QuerySet

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
#: Rows that came which a round takes; what is over waits for the next round. A part is never cut.
MOST_FRESH: Final = 200_000
#: Rows of a window that a round looks at beside them, the newest: some 700 bytes of memory each.
MOST_PAST: Final = 200_000
#: Parts that a round may take of either, however few rows they have.
MOST_PARTS: Final = 4_000


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
            "INSERT INTO checks_part (frame, rows, arrow) VALUES (%s, %s, %s)",
            [frame, table.height, arrow.getvalue()],
        )


def lock(cursor: Any) -> bool:
    """Return whether this transaction is the one that folds."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('ntopweb.learning'))")
    return bool(cursor.fetchone()[0])


def take(frame: str, now: datetime) -> Taken:
    """Mark waiting parts as folded and return them, with what the window still holds.

    The oldest that wait come first, up to ``MOST_FRESH`` rows: each row is fresh in one round, and
    in that round's window. Call it in a transaction that holds :func:`lock`.
    """
    parts = Part.objects.filter(frame=frame)
    parts.filter(is_folded=True, created_at__lt=now - WINDOW).delete()
    waiting = _within(parts.filter(is_folded=False).order_by("id"), MOST_FRESH)
    if not waiting:
        return Taken(pl.DataFrame(), pl.DataFrame())
    past = _within(parts.filter(is_folded=True).order_by("-id"), MOST_PAST)
    parts.filter(pk__in=waiting).update(is_folded=True)
    fresh = pl.concat(_tables(waiting))
    return Taken(fresh, pl.concat([*_tables(past), fresh]))


def _within(parts: QuerySet[Part], most: int) -> list[int]:
    """Return the first parts that have ``most`` rows together, one at least, in order of age."""
    chosen: list[int] = []
    for number, rows in parts.values_list("id", "rows")[:MOST_PARTS]:
        most -= rows
        if most < 0 and chosen:
            break
        chosen.append(number)
    return sorted(chosen)


def _tables(numbers: list[int]) -> Iterator[pl.DataFrame]:
    kept = Part.objects.filter(pk__in=numbers).order_by("id").values_list("arrow", flat=True)
    return (pl.read_ipc_stream(io.BytesIO(bytes(arrow))) for arrow in kept.iterator(100))


def waiting() -> int:
    """Return how many parts are not folded yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM checks_part WHERE NOT is_folded")
        return int(cursor.fetchone()[0])
