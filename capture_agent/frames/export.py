"""Tables of the host, interface and application frames from the block at an interval's end."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from capture_agent import schema
from capture_agent.frames.distinct import count_distinct
from capture_agent.frames.hosts import hosts_with_traffic
from capture_agent.meter.compiled import compiled
from capture_agent.meter.export import Export
from capture_agent.meter.records import DISTINCT, MOST_HOSTS, PEAKS

#: Columns of numbers in the order in which :func:`_gather` writes them.
_COLUMNS: Final = (
    "vlan", "mac",
    "bytes_sent", "bytes_received", "packets_sent", "packets_received",
    "unanswered", "unanswered_received", "failed", "failed_received",
    "active_flows", "active_flows_received",
    *PEAKS, *(f"{name}_per_second" for name in PEAKS),
    *DISTINCT, *(f"{name}_60s" for name in DISTINCT),
)  # fmt: skip
_PAIRS: Final = 2
_SUMS: Final = _PAIRS + 10
_DISTINCT: Final = _SUMS + 2 * len(PEAKS)


@compiled
def _list_hosts(block: Any, slots: Any) -> Any:
    return hosts_with_traffic(block[0], slots)


@compiled
def _gather(block: Any, slots: Any, addresses: Any, numbers: Any) -> None:
    """Copy the hosts' columns: ``addresses`` is 2 × hosts, ``numbers`` _COLUMNS × hosts."""
    s = block[0]
    for index in range(len(slots)):
        host = s.host[slots[index]]
        addresses[0, index], addresses[1, index] = host.high, host.low
        numbers[0, index], numbers[1, index] = host.vlan, host.mac
        for role in range(2):
            numbers[_PAIRS + role, index] = host.bytes[role]
            numbers[_PAIRS + 2 + role, index] = host.packets[role]
            numbers[_PAIRS + 4 + role, index] = host.unanswered[role]
            numbers[_PAIRS + 6 + role, index] = host.failed[role]
            numbers[_PAIRS + 8 + role, index] = host.active[role]
        for counter in range(len(PEAKS)):
            numbers[_SUMS + counter, index] = host.sum[counter]
            numbers[_SUMS + len(PEAKS) + counter, index] = host.peak[counter]
    count_distinct(s, slots, numbers[_DISTINCT:])


def host_table(block: np.ndarray[Any, Any], time: int, seconds: float) -> pl.DataFrame:
    """Return the hosts that had traffic in the interval that ends at ``time`` (µs)."""
    slots = np.empty(MOST_HOSTS, np.int32)
    slots = slots[: _list_hosts(block, slots)]
    if len(slots) == 0:
        return schema.empty("host")
    addresses = np.empty((2, len(slots)), np.uint64)
    numbers = np.empty((len(_COLUMNS), len(slots)), np.int64)
    _gather(block, slots, addresses, numbers)
    values: dict[str, Any] = {
        "time": pl.repeat(time, len(slots), dtype=pl.Int64, eager=True),
        "interval": pl.repeat(seconds, len(slots), dtype=pl.Float32, eager=True),
        "host_high": addresses[0],
        "host_low": addresses[1],
        "name": _names(block, slots),
        **dict(zip(_COLUMNS, numbers, strict=True)),
    }
    return _typed("host", values)


def _names(block: np.ndarray[Any, Any], slots: np.ndarray[Any, Any]) -> pl.Series:
    """Return the hosts' names; few hosts have one."""
    hosts = block["host"][0]
    names: list[str | None] = [None] * len(slots)
    lengths = hosts["name_length"][slots]
    for index in np.flatnonzero(lengths):
        name = hosts["name"][slots[index]][: lengths[index]]
        names[index] = name.tobytes().decode("utf-8", "ignore")
    return pl.Series(names, dtype=pl.String)


def _typed(frame: str, values: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        [_series(name, values[name]).cast(kind) for name, kind in schema.FRAMES[frame].items()]
    )


def _series(name: str, values: Any) -> pl.Series:
    if isinstance(values, np.ndarray):
        values = np.ascontiguousarray(values)
    return pl.Series(name, values)


def application_table(
    block: np.ndarray[Any, Any], export: Export, time: int, seconds: float
) -> pl.DataFrame:
    """Return the applications that had traffic in the interval that ends at ``time`` (µs)."""
    rows = block["application"][0][: int(block[0]["application_count"])].copy()
    if len(rows) == 0:
        return schema.empty("application")
    values: dict[str, Any] = {
        "time": pl.repeat(time, len(rows), dtype=pl.Int64, eager=True),
        "interval": pl.repeat(seconds, len(rows), dtype=pl.Float32, eager=True),
        "application": export.named("application", rows["code"]),
        "category": export.named("category", rows["category"]),
        "bytes_to_server": rows["bytes"][:, 0], "bytes_to_client": rows["bytes"][:, 1],
        "packets_to_server": rows["packets"][:, 0], "packets_to_client": rows["packets"][:, 1],
        "new_flows": rows["new_flows"],
    }  # fmt: skip
    return _typed("application", values)


def interface_table(values: dict[str, Any]) -> pl.DataFrame:
    """Return one interface's row from its values (``time`` in µs)."""
    return _typed("interface", {name: [value] for name, value in values.items()})
