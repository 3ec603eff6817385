"""Traffic of a place, an address or a network, from the roll-ups by host and by pair."""

from __future__ import annotations

from typing import Final

from monitoring.history.conversations import Conversation
from monitoring.history.reading import fetch
from monitoring.history.rollups import IN_NETWORKS
from monitoring.history.traffic import POINT, Series, Sums, sent_and_received
from monitoring.history.window import Window

# A key that is no address, as the rest's, is never cast: CASE evaluates one branch alone.
_PEER_INSIDE: Final = (
    "CASE WHEN key ~ '^[0-9a-fA-F.:]+ [0-9a-fA-F.:]+$'"
    " THEN split_part(key, ' ', 1)::inet <<= %s::inet OR split_part(key, ' ', 2)::inet <<= %s::inet"
    " ELSE false END"
)
_SUMS: Final = (
    "coalesce(sum(bytes_sent), 0), coalesce(sum(bytes_received), 0),"
    " coalesce(sum(packets_sent + packets_received), 0), coalesce(sum(flows), 0),"
    " coalesce(sum(score), 0)"
)
_ORDER: Final = "GROUP BY key ORDER BY sum(bytes_sent + bytes_received) DESC, key LIMIT %s"


def sums_within(place: str, window: Window) -> Sums:
    """Return what the hosts of a place sent and received in the window."""
    where, values = window.where("host")
    sql = f"SELECT {_SUMS} FROM {window.table} WHERE {where} AND {IN_NETWORKS}"
    (row,) = fetch(sql, [*values, [place]])
    return Sums(place, *map(int, row))


def hosts_within(place: str, window: Window, limit: int = 10) -> list[Sums]:
    """Return the hosts of a place with most bytes in the window, greatest first."""
    where, values = window.where("host")
    sql = f"SELECT key, {_SUMS} FROM {window.table} WHERE {where} AND {IN_NETWORKS} {_ORDER}"
    return [
        Sums(key, *map(int, numbers)) for key, *numbers in fetch(sql, [*values, [place], limit])
    ]


def conversations_within(place: str, window: Window, limit: int = 10) -> list[Conversation]:
    """Return the pairs with an end in a place and most bytes in the window, greatest first."""
    where, values = window.where("peers")
    sql = f"SELECT key, {_SUMS} FROM {window.table} WHERE {where} AND {_PEER_INSIDE} {_ORDER}"
    rows = fetch(sql, [*values, place, place, limit])
    found = [Sums(key, *map(int, numbers)) for key, *numbers in rows]
    ends = [sums.key.partition(" ")[::2] for sums in found]
    return [Conversation(*pair, sums) for pair, sums in zip(ends, found, strict=True)]


def directions_within(place: str, window: Window) -> Series:
    """Return the rates of a place over time as "Sent" and "Received"."""
    where, values = window.where("host")
    rows = fetch(
        f"SELECT {POINT}, sum(bytes_sent), sum(bytes_received) FROM {window.table}"
        f" WHERE {where} AND {IN_NETWORKS} GROUP BY point",
        [window.step, *values, [place]],
    )
    return sent_and_received(rows, window)
