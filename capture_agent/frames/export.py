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

_PAIRS: Final = {
    "bytes_sent": ("bytes", 0), "bytes_received": ("bytes", 1),
    "packets_sent": ("packets", 0), "packets_received": ("packets", 1),
    "unanswered": ("unanswered", 0), "unanswered_received": ("unanswered", 1),
    "failed": ("failed", 0), "failed_received": ("failed", 1),
    "active_flows": ("active", 0), "active_flows_received": ("active", 1),
}  # fmt: skip


@compiled
def _list_hosts(block: Any, slots: Any) -> Any:
    return hosts_with_traffic(block[0], slots)


@compiled
def _count(block: Any, slots: Any, out: Any) -> None:
    count_distinct(block[0], slots, out)


def host_table(block: np.ndarray[Any, Any], time: int, seconds: float) -> pl.DataFrame:
    """Return the hosts that had traffic in the interval that ends at ``time`` (µs)."""
    slots = np.empty(MOST_HOSTS, np.int32)
    slots = slots[: _list_hosts(block, slots)]
    if len(slots) == 0:
        return schema.empty("host")
    rows = block["host"][0][slots]
    distinct = np.zeros((len(slots), 2 * len(DISTINCT)), np.int32)
    _count(block, slots, distinct)
    values: dict[str, Any] = {
        "time": pl.repeat(time, len(slots), dtype=pl.Int64, eager=True),
        "interval": pl.repeat(seconds, len(slots), dtype=pl.Float32, eager=True),
        "host_high": rows["high"], "host_low": rows["low"], "vlan": rows["vlan"],
        "mac": rows["mac"], "name": _names(rows),
    }  # fmt: skip
    values |= {name: rows[field][:, index] for name, (field, index) in _PAIRS.items()}
    for index, name in enumerate(PEAKS):
        values[name] = rows["sum"][:, index]
        values[f"{name}_per_second"] = rows["peak"][:, index]
    for index, name in enumerate(DISTINCT):
        values[name] = distinct[:, index]
        values[f"{name}_60s"] = distinct[:, len(DISTINCT) + index]
    return _typed("host", values)


def _names(rows: np.ndarray[Any, Any]) -> list[str | None]:
    """Return the hosts' names; few hosts have one."""
    names: list[str | None] = [None] * len(rows)
    for index in np.flatnonzero(rows["name_length"]):
        length = int(rows["name_length"][index])
        names[index] = rows["name"][index][:length].tobytes().decode("utf-8", "ignore")
    return names


def _typed(frame: str, values: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        [_series(name, values[name]).cast(kind) for name, kind in schema.FRAMES[frame].items()]
    )


def _series(name: str, values: Any) -> pl.Series:
    if isinstance(values, np.ndarray):
        values = np.array(values)
    return pl.Series(name, values)


def application_table(
    block: np.ndarray[Any, Any], export: Export, time: int, seconds: float
) -> pl.DataFrame:
    """Return the applications that had traffic in the interval that ends at ``time`` (µs)."""
    rows = block["application"][0][: int(block[0]["application_count"])]
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
