"""The meter seen from Python: captures are attached to it, it is run, and it gives tables."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import secrets
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl

from capture_agent import engine
from capture_agent.engine_capture import Capture
from capture_agent.frames.export import application_table, host_table, interface_table
from capture_agent.frames.interval import INTERVAL
from capture_agent.meter import loop
from capture_agent.meter.export import Export
from capture_agent.meter.records import (
    CALLS,
    MOST_FLOWS,
    MOST_HOSTS,
    SKETCHES,
    STATE,
    in_state,
)

_SECOND: Final = 1_000_000
_INTERFACE_SUMS: Final = (
    "bytes", "packets", "new_flows", "ended_flows", "retransmissions", "out_of_order",
)  # fmt: skip
_INTERFACE_DELTAS: Final = {
    "received": "received",
    "refused": "refused",
    "evicted_flows": "evictions",
}


class Meter:
    """One flow table with its frames, fed by one capture at a time.

    ``idle_timeout`` (seconds) ends a silent flow, ``capacity`` flows are kept at most (then the
    least recently used one ends, counted as ``evictions``), ``hosts`` are watched at most.
    ``identity`` (31 bits, random unless given) is the upper half of the flows' ids: the same
    packets with the same identity give the same rows. Raises ValueError for a capacity
    beyond the block's.
    """

    def __init__(
        self,
        *,
        idle_timeout: float = 120.0,
        capacity: int = 200_000,
        hosts: int = MOST_HOSTS,
        identity: int | None = None,
    ) -> None:
        if not 0 < capacity <= MOST_FLOWS or not 0 < hosts <= MOST_HOSTS:
            raise ValueError(f"capacity must be 1–{MOST_FLOWS} flows and 1–{MOST_HOSTS} hosts")
        self._dissector = engine.Dissector()
        self._fingerprinter = engine.Dissector(fingerprints=True)
        self._export = Export(self._dissector)
        self._memory = _zeroed(STATE.itemsize)
        self._block = np.frombuffer(self._memory, STATE, 1)
        self._state = self._block[0]
        self._told: dict[str, int] = dict.fromkeys((*_INTERFACE_DELTAS.values(), "drops"), 0)
        self._prepare(idle_timeout, capacity, hosts)
        self._state["next_id"] = (secrets.randbits(31) if identity is None else identity) << 32 | 1

    def _prepare(self, idle_timeout: float, capacity: int, hosts: int) -> None:
        state, base = self._state, self._block.ctypes.data
        for part in ("packet", "result", "scratch"):
            state[f"{part}_at"] = base + in_state(part)
        for name in CALLS:
            state["call"][name] = _address(name)
        state["dissector"] = self._dissector.module
        state["fingerprinter"] = self._fingerprinter.module
        state["idle"] = int(idle_timeout * _SECOND)
        state["capacity"], state["host_capacity"] = capacity, hosts
        state["index_mask"] = (1 << (2 * capacity - 1).bit_length()) - 1
        state["oldest"] = state["newest"] = -1
        state["service"] = engine.service_ports(self._dissector)
        state["sketch_spare"] = np.arange(SKETCHES)
        for number in range(1, 64):
            text = np.frombuffer(engine.risk(number).encode()[:63], np.uint8)
            state["risk_name"][number, : len(text)] = text

    def __getitem__(self, counter: str) -> int:
        """Return one of the block's counters, by its name in ``records.STATE``."""
        return int(self._state[counter])

    @property
    def tick(self) -> int:
        """Event time now, in µs; 0 before the first packet."""
        return self["tick"]

    def attach(self, capture: Capture, shift: int = 0) -> None:
        """Read from a capture from now on, adding ``shift`` µs to its packets' times."""
        self._state["handle"], self._state["header"] = capture.handle, capture.header
        self._state["shift"], self._state["pending"] = shift, 0

    def want_start(self, wanted: bool) -> None:
        """Say whether ``start`` rows are wanted."""
        self._state["want_start"] = int(wanted)

    def span(self) -> tuple[int, int]:
        """Return the earliest and the latest time in the attached capture, which is read up."""
        out = np.zeros(2, np.int64)
        loop.span(self._block, out)
        return int(out[0]), int(out[1])

    def run(self, until: int, budget: int) -> int:
        """Meter packets; returns one of :mod:`loop`'s reasons to stop."""
        return int(loop.run(self._block, until, budget))

    def pass_time(self, time: int) -> int:
        """Move event time on to ``time`` without a packet; returns as :meth:`run`."""
        return int(loop.tick(self._block, time))

    def count_read_error(self) -> None:
        """Count a record of a file that libpcap could not read."""
        self._state["read_errors"] += 1

    def finish(self) -> int:
        """End all flows; returns ROWS as long as :meth:`flows` must be called in between."""
        return int(loop.finish(self._block))

    def flows(self) -> pl.DataFrame | None:
        """Return the flow rows that wait, None if there are none."""
        if self._state["row_count"] == 0:
            return None
        table = self._export.flows(self._block)
        for counter in ("row_count", "text_count", "text_used"):
            self._state[counter] = 0
        return table

    def interval(self, now: int, drops: int) -> Iterator[tuple[str, pl.DataFrame]]:
        """Yield the frames of the interval that is over, then begin the next one.

        ``now`` is where event time is going (µs), ``drops`` what the kernel dropped in total.
        """
        end = self["interval_start"] + INTERVAL
        yield from self._frames(end, INTERVAL / _SECOND, drops)
        loop.open_interval(self._block, now)

    def last_interval(self, drops: int) -> Iterator[tuple[str, pl.DataFrame]]:
        """Yield the frames of the interval that the source's end cuts short, if it has begun."""
        if self["interval_start"]:
            elapsed = self.tick - self["interval_start"]
            yield from self._frames(self.tick, max(1.0, elapsed / _SECOND), drops)

    def _frames(self, time: int, seconds: float, drops: int) -> Iterator[tuple[str, pl.DataFrame]]:
        loop.close_interval(self._block)
        hosts = host_table(self._block, time, seconds)
        yield "interface", self._interface(time, seconds, drops, len(hosts))
        if len(hosts):
            yield "host", hosts
        applications = application_table(self._block, self._export, time, seconds)
        if len(applications):
            yield "application", applications

    def _interface(self, time: int, seconds: float, drops: int, hosts: int) -> pl.DataFrame:
        values: dict[str, Any] = {"time": time, "interval": seconds}
        values |= {name: self[name] for name in _INTERFACE_SUMS}
        values |= {"active_flows": self["flow_count"], "active_hosts": hosts}
        for column, counter in _INTERFACE_DELTAS.items():
            values[column] = self[counter] - self._told[counter]
            self._told[counter] = self[counter]
        values["dropped"] = max(0, drops - self._told["drops"])
        self._told["drops"] = drops
        return interface_table(values)

    def close(self) -> None:
        """Free nDPI's memory; all flows must have ended (:meth:`finish`)."""
        self._dissector.close()
        self._fingerprinter.close()


def _zeroed(size: int) -> mmap.mmap:
    """Return zeroed memory, which takes room as it is touched, in large pages where there are."""
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without them
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def _address(name: str) -> int:
    if name == "inet_ntop":
        return ctypes.cast(ctypes.CDLL(None).inet_ntop, ctypes.c_void_p).value or 0
    return engine.address(name)
