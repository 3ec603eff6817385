"""Reading packets until something is to be done outside compiled code."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.frames.interval import INTERVAL, next_interval, report_flows
from capture_agent.meter.compiled import compiled
from capture_agent.meter.flows import consume, end_all, expire, sweep
from capture_agent.meter.foreign import next_packet
from capture_agent.meter.packet import capture_time, was_cut
from capture_agent.meter.refusals import note_refusal
from capture_agent.meter.rows import rows_are_full

#: Why :func:`run` came back: its budget is spent; rows must be exported; an interval is over; no
#: packet now (live) or a read error (file); end of file; the next packet is later than allowed.
BUDGET, ROWS, INTERVAL_OVER, NOTHING, END, LATER = range(6)
_DONE: Final = -1

_SECOND: Final = 1_000_000
#: µs without traffic after which empty intervals are no longer told one by one.
_GAP: Final = 3_600 * _SECOND
_PARSED, _TICK_ONLY, _IGNORED, _NO_PACKET = 1, 2, 0, -1


@compiled
def run(block: Any, until: Any, budget: Any) -> Any:
    """Meter up to ``budget`` packets, none later than ``until`` (µs of event time)."""
    s = block[0]
    for _ in range(budget):
        if s.pending == 0:
            answer = _read(s)
            if answer == _IGNORED:
                continue
            if answer < 0:
                return NOTHING if answer == _NO_PACKET else END
        time = max(s.packet_time + s.shift, s.tick)
        if time > until:
            return LATER
        code = _advance(s, time)
        if code != _DONE:
            return code
        p = s.packet[0]
        p.time = np.uint64((time - s.shift) // 1000)
        consume(s, p, time)
        note_refusal(s, p)
        s.pending = 0
        if rows_are_full(s):
            return ROWS
    return BUDGET


@compiled
def _read(s: Any) -> Any:
    """Read one packet; what the engine does not parse is counted as refused."""
    words = s.packet.view(np.uint64)
    for index in range(len(words)):
        words[index] = 0
    answer = next_packet(s.call.capture_next, s.handle, s.packet_at)
    if answer >= 0:
        s.received += 1
    if answer == _IGNORED:
        s.refused += 1
        s.cut += was_cut(s)
    elif answer > 0:
        s.parsed += 1
        s.pending = 1
        s.packet_time = capture_time(s)
    return answer


@compiled
def _advance(s: Any, time: Any) -> Any:
    """Move event time on to ``time``; return why it stopped, or that it is there."""
    if s.interval_start == 0:
        s.interval_start = time // INTERVAL * INTERVAL
        s.sweep = time // _SECOND
    boundary = s.interval_start + INTERVAL
    limit = min(time, boundary)
    if not expire(s, limit):
        return ROWS
    if limit // _SECOND > s.sweep and not sweep(s, limit // _SECOND):
        return ROWS
    if time >= boundary:
        return INTERVAL_OVER
    s.tick = time
    return _DONE


@compiled
def tick(block: Any, time: Any) -> Any:
    """Move event time on without a packet; returns as :func:`run` does, or BUDGET when there."""
    s = block[0]
    code = _advance(s, max(time, s.tick))
    return BUDGET if code == _DONE else code


@compiled
def close_interval(block: Any) -> None:
    """Add what the flows moved, so that the interval's tables can be made."""
    report_flows(block[0])


@compiled
def open_interval(block: Any, time: Any) -> None:
    """Begin the next interval, or after a long gap without flows the one that ``time`` is in."""
    s = block[0]
    start = s.interval_start + INTERVAL
    if s.oldest < 0 and time - start > _GAP:
        start = time // INTERVAL * INTERVAL
    s.tick = max(s.tick, s.interval_start + INTERVAL)
    next_interval(s, start)


@compiled
def finish(block: Any) -> Any:
    """End all flows; return ROWS while rows must be exported first, else END."""
    return END if end_all(block[0]) else ROWS


@compiled
def span(block: Any, out: Any) -> None:
    """Read a whole capture; set ``out`` to the earliest and the latest packet's time in µs."""
    s = block[0]
    out[0] = out[1] = 0
    while True:
        answer = next_packet(s.call.capture_next, s.handle, s.packet_at)
        if answer < 0:
            return
        time = capture_time(s)
        if out[0] == 0 or time < out[0]:
            out[0] = time
        out[1] = max(out[1], time)
