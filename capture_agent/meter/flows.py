"""The life of a flow: its first packet, each further one, what is due by the clock, and its end."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.frames.interval import (
    flow_ends,
    flow_starts,
    packet_seen,
    tell_failed,
    tell_unanswered,
)
from capture_agent.meter.compiled import compiled
from capture_agent.meter.direction import TCP, UDP, sender_is_client
from capture_agent.meter.dissection import begin, conclude, continue_with, forget
from capture_agent.meter.packet import address_high, address_low, mac
from capture_agent.meter.records import DISSECTED, TOLD_DETECTED
from capture_agent.meter.rows import DETECTED, END, START, UPDATE, rows_are_full, write_row
from capture_agent.meter.rtp import follow_rtp, free_streams
from capture_agent.meter.table import (
    NEVER,
    append_newest,
    drop_slot,
    find,
    index_slot,
    key_hash,
    key_rest,
    take_slot,
    touch,
    unlink,
)
from capture_agent.meter.tcp import follow

_SECOND: Final = 1_000_000
#: A flow tells its counters after each minute of its life.
UPDATE_SECONDS: Final = 60
#: A flow that is named but not fully dissected is told after this many seconds; one that nobody
#: answered is counted then.
EARLY_SECONDS: Final = 3


@compiled
def consume(s: Any, p: Any, time: Any) -> None:
    """Take the current packet into its flow, which is made if need be."""
    source_high, source_low = address_high(p, p.src_ip), address_low(p, p.src_ip)
    target_high, target_low = address_high(p, p.dst_ip), address_low(p, p.dst_ip)
    rest = key_rest(p.protocol, p.vlan_id, p.tunnel_id)
    h = key_hash(source_high, source_low, p.src_port, target_high, target_low, p.dst_port, rest)
    found = find(
        s, h, source_high, source_low, p.src_port, target_high, target_low, p.dst_port, rest
    )
    if found < 0:
        found = _open(s, p, h, source_high, source_low, target_high, target_low, time)
    _account(s, found >> 1, p, found & 1, time)


@compiled
def _open(
    s: Any, p: Any, h: Any, source_high: Any, source_low: Any, target_high: Any, target_low: Any,
    time: Any,
) -> Any:  # fmt: skip
    """Make a flow for a packet; return ``slot * 2 + direction``."""
    if s.flow_count >= s.capacity:
        s.evictions += 1
        end_flow(s, s.oldest)
    slot = take_slot(s)
    f = s.flow[slot]
    direction = 0 if sender_is_client(s, p) else 1
    if direction == 0:
        f.client_high, f.client_low, f.client_port = source_high, source_low, p.src_port
        f.server_high, f.server_low, f.server_port = target_high, target_low, p.dst_port
        f.client_mac, f.server_mac = mac(p.src_mac), mac(p.dst_mac)
    else:
        f.client_high, f.client_low, f.client_port = target_high, target_low, p.dst_port
        f.server_high, f.server_low, f.server_port = source_high, source_low, p.src_port
        f.client_mac, f.server_mac = mac(p.dst_mac), mac(p.src_mac)
    f.l4, f.vlan, f.tunnel, f.hash = p.protocol, p.vlan_id, np.uint8(p.tunnel_id), np.uint32(h)
    _reset(s, f, time)
    index_slot(s, slot, h)
    append_newest(s, slot)
    s.due[slot] = np.uint32(time // _SECOND + EARLY_SECONDS)
    begin(s, f)
    flow_starts(s, f, time)
    return slot * 2 + direction


@compiled
def _reset(s: Any, f: Any, time: Any) -> None:
    """Set everything but the key to a flow's beginning."""
    f.flow_id = s.next_id
    s.next_id += 1
    f.first = f.last = f.row_last = time
    f.seen = f.dissections = f.breed = f.confidence = 0
    f.master = f.application = f.category = f.fingerprint = 0
    f.engine = f.metadata = f.risk = 0
    f.syn_time = f.syn_ack_time = 0
    f.rtp = f.rtp_streams = f.rtp_doubts = 0
    f.rtt_client = f.rtt_server = np.float32(-1)
    for direction in range(2):
        f.bytes[direction] = f.packets[direction] = f.payload[direction] = 0
        f.row_bytes[direction] = f.row_packets[direction] = 0
        f.frame_bytes[direction] = f.frame_packets[direction] = 0
        f.flags[direction] = 0
        f.retransmissions[direction] = f.out_of_order[direction] = f.zero_window[direction] = 0
        for hole in range(f.hole_time.shape[1]):
            f.hole_time[direction, hole] = 0


@compiled
def _account(s: Any, slot: Any, p: Any, direction: Any, time: Any) -> None:
    f = s.flow[slot]
    f.last = time
    touch(s, slot)
    f.bytes[direction] += np.int64(p.ip_size)
    f.packets[direction] += 1
    f.payload[direction] += np.int64(p.payload_size)
    s.bytes += np.int64(p.ip_size)
    s.packets += 1
    if f.l4 == TCP:
        follow(s, f, p, direction, time)
    elif f.l4 == UDP:
        follow_rtp(s, f, p, direction, time)
    packet_seen(s, f, p, direction, time)
    if s.want_start and f.packets[0] + f.packets[1] == 1:
        write_row(s, f, START)
    if (f.seen & DISSECTED) == 0:
        continue_with(s, f, p)
        if (f.seen & (DISSECTED | TOLD_DETECTED)) == DISSECTED and f.application != 0:
            f.seen |= TOLD_DETECTED
            write_row(s, f, DETECTED)


@compiled
def end_flow(s: Any, slot: Any) -> None:
    """Write a flow's last row and forget it."""
    f = s.flow[slot]
    conclude(s, f)
    tell_unanswered(s, f)
    tell_failed(s, f)
    write_row(s, f, END)
    flow_ends(s, f)
    forget(s, f)
    free_streams(s, f)
    drop_slot(s, slot)


@compiled
def expire(s: Any, limit: Any) -> Any:
    """End flows last seen ``idle`` before the tick, in ms as NFStreamer does; return whether all.

    ``limit`` is the tick to expire by in µs; stops early when the rows are full.
    """
    while s.oldest >= 0 and limit // 1000 - s.flow[s.oldest].listed // 1000 >= s.idle // 1000:
        if rows_are_full(s):
            return False
        slot = s.oldest
        if limit // 1000 - s.flow[slot].last // 1000 >= s.idle // 1000:
            end_flow(s, slot)
        else:
            unlink(s, slot)
            append_newest(s, slot)
    return True


@compiled
def sweep(s: Any, second: Any) -> Any:
    """Do what is due at a second of event time; return whether all was done."""
    for slot in range(s.flow_unused):
        if s.due[slot] <= second:
            if rows_are_full(s):
                return False
            _attend(s, slot, second)
    s.sweep = second
    return True


@compiled
def _attend(s: Any, slot: Any, second: Any) -> None:
    f = s.flow[slot]
    tell_unanswered(s, f)
    age = second - f.first // _SECOND
    if age >= UPDATE_SECONDS:
        write_row(s, f, UPDATE)
        s.due[slot] = np.uint32(second + UPDATE_SECONDS - age % UPDATE_SECONDS)
        return
    if f.application != 0 and (f.seen & TOLD_DETECTED) == 0:
        f.seen |= TOLD_DETECTED
        write_row(s, f, DETECTED)
    s.due[slot] = np.uint32(f.first // _SECOND + UPDATE_SECONDS)


@compiled
def end_all(s: Any) -> Any:
    """End every flow; return whether all are gone (the rows may be full before)."""
    while s.oldest >= 0:
        if rows_are_full(s):
            return False
        end_flow(s, s.oldest)
    return True


__all__ = ["NEVER", "consume", "end_all", "end_flow", "expire", "sweep"]
