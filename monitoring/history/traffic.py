"""Traffic over time and top talkers, from the roll-ups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from monitoring.history.reading import fetch
from monitoring.history.window import Window
from monitoring.models import Host


@dataclass(frozen=True)
class Sums:
    """Traffic of a key: bytes each way, packets, flows and score."""

    key: str
    bytes_sent: int
    bytes_received: int
    packets: int
    flows: int
    score: int

    @property
    def bytes(self) -> int:
        """Bytes both ways."""
        return self.bytes_sent + self.bytes_received


@dataclass(frozen=True)
class Series:
    """Rates over time: ``times`` are the points' starts, each line one value a point, bits/s."""

    seconds: int
    times: list[datetime]
    lines: dict[str, list[float]]


def top(dimension: str, window: Window, limit: int = 10) -> list[Sums]:
    """Return the keys of a dimension with most bytes in the window, greatest first."""
    where, values = window.where(dimension)
    rows = fetch(
        f"SELECT key, {_SUMS} FROM {window.table} WHERE {where}"
        f" GROUP BY key ORDER BY sum(bytes_sent + bytes_received) DESC, key LIMIT %s",
        [*values, limit],
    )
    return [Sums(key, *map(int, numbers)) for key, *numbers in rows]


def totals_by_interface(window: Window) -> dict[int, Sums]:
    """Return the sums of each interface that saw anything in the window."""
    where, values = window.where("total")
    rows = fetch(
        f"SELECT interface_id, {_SUMS} FROM {window.table} WHERE {where} GROUP BY interface_id",
        values,
    )
    return {interface: Sums("", *map(int, numbers)) for interface, *numbers in rows}


def stacked(dimension: str, window: Window, lines: int = 8) -> Series:
    """Return the rates of the greatest keys over time, and of the rest as "Other"."""
    keys = [sums.key for sums in top(dimension, window, lines)]
    where, values = window.where(dimension)
    rows = fetch(
        f"SELECT {POINT}, CASE WHEN key = ANY(%s) THEN key ELSE 'Other' END AS label,"
        f" sum(bytes_sent + bytes_received) FROM {window.table}"
        f" WHERE {where} GROUP BY point, label",
        [window.step, keys, *values],
    )
    found = _filled(rows, window, keys)
    return Series(found.seconds, found.times, dict(sorted(found.lines.items(), key=_other_last)))


def directions(dimension: str, key: str, window: Window) -> Series:
    """Return a key's rates over time as "Sent" and "Received"."""
    where, values = window.where(dimension)
    rows = fetch(
        f"SELECT {POINT}, sum(bytes_sent), sum(bytes_received) FROM {window.table}"
        f" WHERE {where} AND key = %s GROUP BY point",
        [window.step, *values, key],
    )
    return sent_and_received(rows, window)


def sent_and_received(rows: Iterable[tuple[Any, ...]], window: Window) -> Series:
    """Return rates of (point, bytes sent, bytes received) as "Sent" and "Received"."""
    cells = [
        (point, label, number)
        for point, *numbers in rows
        for label, number in zip(("Sent", "Received"), numbers, strict=True)
    ]
    return _filled(cells, window, ["Sent", "Received"])


def host_key(host: Host) -> str:
    """Return the roll-ups' key of a host."""
    return str(host)


def hosts_of(keys: Sequence[str], interfaces: Sequence[int] | None = None) -> dict[str, Host]:
    """Return the hosts of these keys of the roll-ups, the last seen where there are several."""
    addresses = [address for key in keys if (address := _address(key))]
    hosts = Host.objects.filter(address__in=addresses).order_by("last_seen")
    if interfaces is not None:
        hosts = hosts.filter(interface__in=interfaces)
    return {host_key(host): host for host in hosts}


def _address(key: str) -> str | None:
    """Return the address of a host's key; None for the row of all others."""
    try:
        return str(ip_address(key.partition("@")[0]))
    except ValueError:
        return None


_SUMS = (
    "sum(bytes_sent), sum(bytes_received), sum(packets_sent + packets_received),"
    " sum(flows), sum(score)"
)


#: The start of a row's point, of a step in seconds.
POINT = "date_bin(make_interval(secs => %s), bucket, 'epoch'::timestamptz) AS point"


def _other_last(item: tuple[str, list[float]]) -> bool:
    return item[0] == "Other"


def _filled(cells: Iterable[tuple[Any, ...]], window: Window, labels: Sequence[str] = ()) -> Series:
    """Return bytes by point and label as rates, 0 where nothing was."""
    times = window.moments
    place = {moment: index for index, moment in enumerate(times)}
    lines: dict[str, list[float]] = {label: [0.0] * len(times) for label in labels}
    for point, label, number in cells:
        line = lines.setdefault(label, [0.0] * len(times))
        if (index := place.get(point)) is not None:
            line[index] = float(number) * 8 / window.step
    return Series(window.step, times, lines)
