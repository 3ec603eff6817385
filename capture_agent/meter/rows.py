"""Writing flow rows into the block, where they wait to be exported."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.engine import lib
from capture_agent.meter.compiled import compiled
from capture_agent.meter.direction import TCP
from capture_agent.meter.foreign import load8, load16, load32, load64
from capture_agent.meter.quality import write_quality
from capture_agent.meter.records import (
    METADATA,
    MOST_ROWS,
    NUMBERS,
    PROTOCOL_BITS,
    ROW_TEXT_BYTES,
    TEXT_BYTES,
    TEXTS,
)
from capture_agent.meter.tcp import connection_state
from capture_agent.schema import EVENT

_EVENTS: Final = list(EVENT.categories)
START, DETECTED, UPDATE, END = (_EVENTS.index(name) for name in _EVENTS)
#: Rows that one packet may cause at most: of its own flow, and one evicted.
_MARGIN: Final = 8
_HEAD: Final = METADATA.itemsize
_UNIDIRECTIONAL: Final = np.int64(1 << int(lib.NDPI_UNIDIRECTIONAL_TRAFFIC))


@compiled
def rows_are_full(s: Any) -> Any:
    """Return whether the waiting rows must be exported before more are written."""
    return s.row_count > MOST_ROWS - _MARGIN or s.text_used > TEXT_BYTES - _MARGIN * ROW_TEXT_BYTES


@compiled
def write_row(s: Any, f: Any, event: Any) -> None:
    """Write a row with the flow's totals, and what came since its last one."""
    r = s.row[s.row_count]
    s.row_count += 1
    r.event = event
    _write_key(r, f)
    _write_counters(r, f)
    _write_findings(r, f)
    _write_metadata(s, r, f)
    write_quality(s, f, r)
    f.row_last = f.last


@compiled
def _write_key(r: Any, f: Any) -> None:
    r.flow_id = f.flow_id
    r.first_seen, r.last_seen, r.interval_start = f.first, f.last, f.row_last
    r.client_high, r.client_low = f.client_high, f.client_low
    r.server_high, r.server_low = f.server_high, f.server_low
    r.client_port, r.server_port = f.client_port, f.server_port
    r.l4, r.vlan, r.tunnel = f.l4, f.vlan, f.tunnel
    r.client_mac, r.server_mac = f.client_mac, f.server_mac


@compiled
def _write_counters(r: Any, f: Any) -> None:
    r.bytes_to_server, r.bytes_to_client = f.bytes[0], f.bytes[1]
    r.packets_to_server, r.packets_to_client = f.packets[0], f.packets[1]
    r.payload_to_server, r.payload_to_client = f.payload[0], f.payload[1]
    r.bytes_to_server_delta = f.bytes[0] - f.row_bytes[0]
    r.bytes_to_client_delta = f.bytes[1] - f.row_bytes[1]
    r.packets_to_server_delta = f.packets[0] - f.row_packets[0]
    r.packets_to_client_delta = f.packets[1] - f.row_packets[1]
    for direction in range(2):
        f.row_bytes[direction] = f.bytes[direction]
        f.row_packets[direction] = f.packets[direction]
    r.tcp_flags_to_server, r.tcp_flags_to_client = f.flags[0], f.flags[1]
    r.retransmissions_to_server = f.retransmissions[0]
    r.retransmissions_to_client = f.retransmissions[1]
    r.out_of_order_to_server, r.out_of_order_to_client = f.out_of_order[0], f.out_of_order[1]
    r.zero_window_to_server, r.zero_window_to_client = f.zero_window[0], f.zero_window[1]
    r.rtt_client_ms, r.rtt_server_ms = f.rtt_client, f.rtt_server
    r.connection_state = connection_state(f) if f.l4 == TCP else 0


@compiled
def _write_findings(r: Any, f: Any) -> None:
    r.application = np.int64(f.master) << PROTOCOL_BITS | np.int64(f.application)
    r.category, r.breed, r.confidence, r.risk = f.category, f.breed, f.confidence, f.risk
    if f.packets[0] > 0 and f.packets[1] > 0:  # nDPI may have judged before the answer came
        r.risk &= ~_UNIDIRECTIONAL


@compiled
def _write_metadata(s: Any, r: Any, f: Any) -> None:
    for index in range(len(TEXTS)):
        r.text[index] = -1
    for index in range(len(NUMBERS)):
        r.number[index] = -1
    r.entropy = np.float32(0)
    at = f.metadata
    if at == 0:
        return
    r.entropy = np.uint32(load32(at + 4)).view(np.float32)
    for index in range(len(NUMBERS)):
        r.number[index] = np.int64(load64(at + 8 + 8 * index))
    end = at + np.int64(load32(at))
    at += _HEAD
    while at < end:
        length = np.int64(load16(at + 1))
        r.text[load8(at)] = _write_text(s, at + 3, length)
        at += 3 + length


@compiled
def _write_text(s: Any, at: Any, length: Any) -> Any:
    """Append a text and the zero that ends it; return its number among the waiting ones."""
    start = s.text_used
    for index in range(length):
        s.text[start + index] = load8(at + index)
    s.text[start + length] = 0
    s.text_used = start + length + 1
    s.text_count += 1
    return s.text_count - 1
