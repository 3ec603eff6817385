"""What flows and packets add to the frames, and the turn from one interval of 5 s to the next."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.frames.applications import get_application, reset_applications
from capture_agent.frames.distinct import add_value, forget_old_values, turn_sketches
from capture_agent.frames.hosts import bump, free_hosts, get_host, reset_host
from capture_agent.meter.compiled import compiled
from capture_agent.meter.direction import ACK_FLAG, FIN_FLAG, ICMP, ICMP6, RST_FLAG, SYN_FLAG, TCP
from capture_agent.meter.records import (
    DISTINCT,
    PEAKS,
    RST_TO_CLIENT,
    SYN,
    SYN_ACK,
    TOLD_FAILED,
    TOLD_NEW,
    TOLD_UNANSWERED,
    UNREACHABLE,
)
from capture_agent.meter.table import LISTED, mix

#: µs of event time; intervals begin at multiples of it.
INTERVAL: Final = 5_000_000
_SECOND: Final = 1_000_000
_DNS_PORT: Final = 53
_SNMP_PORT: Final = 161

_NEW, _NEW_RECEIVED = PEAKS.index("new_flows"), PEAKS.index("new_flows_received")
_SYN, _SYN_ACK = PEAKS.index("syn_sent"), PEAKS.index("syn_ack_sent")
_FIN, _RST = PEAKS.index("fin_sent"), PEAKS.index("rst_sent")
_ICMP, _DNS = PEAKS.index("icmp_sent"), PEAKS.index("dns_sent")
_SNMP = PEAKS.index("snmp_sent")
_PEERS, _PEERS_RECEIVED, _PORTS, _PORTS_RECEIVED = range(len(DISTINCT))


@compiled
def flow_starts(s: Any, f: Any, time: Any) -> None:
    """Count a new flow for its two hosts."""
    s.new_flows += 1
    second = time // _SECOND
    client = get_host(s, f.client_high, f.client_low, f.vlan)
    server = get_host(s, f.server_high, f.server_low, f.vlan)
    f.client_host, f.server_host = client, server
    bump(s, client, _NEW, second)
    bump(s, server, _NEW_RECEIVED, second)
    port = np.int64(f.server_port) | np.int64(f.l4) << 16
    if client >= 0:
        host = s.host[client]
        host.active[0] += 1
        host.mac = f.client_mac if f.client_mac != 0 else host.mac
        add_value(s, client, _PEERS, mix(f.server_high ^ mix(f.server_low)))
        if f.server_port != 0:
            add_value(s, client, _PORTS, np.uint64(port))
    if server >= 0:
        host = s.host[server]
        host.active[1] += 1
        host.mac = f.server_mac if f.server_mac != 0 else host.mac
        add_value(s, server, _PEERS_RECEIVED, mix(f.client_high ^ mix(f.client_low)))
        if f.server_port != 0:
            add_value(s, server, _PORTS_RECEIVED, np.uint64(port))


@compiled
def packet_seen(s: Any, f: Any, p: Any, direction: Any, time: Any) -> None:
    """Count the packets that hosts are watched for: SYN, FIN, RST, ICMP, queries of DNS and SNMP.

    DNS and SNMP are counted for what goes to a server's port 53 or 161 with a payload.
    """
    if f.l4 == TCP and p.flags & (SYN_FLAG | FIN_FLAG | RST_FLAG):
        _count_tcp(s, f, np.int64(p.flags), direction, time // _SECOND)
    elif f.l4 == ICMP or f.l4 == ICMP6:
        _count_both(s, f, _ICMP, direction, time // _SECOND)
    if direction == 0 and p.payload_size > 0:
        if f.server_port == _DNS_PORT:
            _count_both(s, f, _DNS, direction, time // _SECOND)
        elif f.server_port == _SNMP_PORT:
            _count_both(s, f, _SNMP, direction, time // _SECOND)


@compiled
def _count_tcp(s: Any, f: Any, flags: Any, direction: Any, second: Any) -> None:
    if flags & SYN_FLAG:
        _count_both(s, f, _SYN_ACK if flags & ACK_FLAG else _SYN, direction, second)
    if flags & FIN_FLAG:
        _count_both(s, f, _FIN, direction, second)
    if flags & RST_FLAG:
        _count_both(s, f, _RST, direction, second)
        tell_failed(s, f)


@compiled
def _count_both(s: Any, f: Any, counter: Any, direction: Any, second: Any) -> None:
    """Count one packet as sent by its sender and, in the next counter, as received."""
    sender, receiver = f.client_host, f.server_host
    if direction == 1:
        sender, receiver = receiver, sender
    bump(s, sender, counter, second)
    bump(s, receiver, counter + 1, second)


@compiled
def _is_for_many(f: Any) -> Any:
    """Return whether a flow goes to a multicast or broadcast address."""
    if f.server_high == 0:
        address = np.int64(f.server_low) & 0xFFFFFFFF
        return address >> 28 == 0xE or (address & 0xFF) == 0xFF
    return (np.int64(f.server_high) >> 56) & 0xFF == 0xFF


@compiled
def tell_unanswered(s: Any, f: Any) -> None:
    """Count, once, a flow that nobody answered; TCP's only if its SYN was seen."""
    if f.packets[1] != 0 or f.seen & (TOLD_UNANSWERED | UNREACHABLE) or _is_for_many(f):
        return
    if f.l4 == TCP and (f.seen & SYN) == 0:
        return
    f.seen |= TOLD_UNANSWERED
    _count_outcome(s, f.client_host, 0, True)
    _count_outcome(s, f.server_host, 1, True)


@compiled
def tell_failed(s: Any, f: Any) -> None:
    """Count, once, a TCP flow that was refused: by RST before any SYN-ACK, or by ICMP."""
    refused = (f.seen & (SYN | SYN_ACK | RST_TO_CLIENT)) == SYN | RST_TO_CLIENT
    if f.l4 != TCP or f.seen & TOLD_FAILED or not (refused or f.seen & UNREACHABLE):
        return
    f.seen |= TOLD_FAILED
    _count_outcome(s, f.client_host, 0, False)
    _count_outcome(s, f.server_host, 1, False)


@compiled
def _count_outcome(s: Any, slot: Any, role: Any, unanswered: Any) -> None:
    if slot < 0:
        return
    host = s.host[slot]
    host.last = s.epoch
    if unanswered:
        host.unanswered[role] += 1
    else:
        host.failed[role] += 1


@compiled
def flow_ends(s: Any, f: Any) -> None:
    """Count a flow's end."""
    report_flow(s, f)
    s.ended_flows += 1
    if f.client_host >= 0:
        s.host[f.client_host].active[0] -= 1
    if f.server_host >= 0:
        s.host[f.server_host].active[1] -= 1


@compiled
def report_flow(s: Any, f: Any) -> None:
    """Add what a flow moved since its last report to its hosts and its application."""
    to_server, to_client = f.bytes[0] - f.frame_bytes[0], f.bytes[1] - f.frame_bytes[1]
    packets_to_server = f.packets[0] - f.frame_packets[0]
    packets_to_client = f.packets[1] - f.frame_packets[1]
    if packets_to_server + packets_to_client == 0:
        return
    for direction in range(2):
        f.frame_bytes[direction], f.frame_packets[direction] = (
            f.bytes[direction],
            f.packets[direction],
        )
    _add_traffic(s, f.client_host, to_server, to_client, packets_to_server, packets_to_client)
    _add_traffic(s, f.server_host, to_client, to_server, packets_to_client, packets_to_server)
    entry = get_application(s, f)
    entry.bytes[0] += to_server
    entry.bytes[1] += to_client
    entry.packets[0] += packets_to_server
    entry.packets[1] += packets_to_client
    if (f.seen & TOLD_NEW) == 0:
        f.seen |= TOLD_NEW
        entry.new_flows += 1


@compiled
def _add_traffic(
    s: Any, slot: Any, sent: Any, received: Any, packets_sent: Any, packets_received: Any
) -> None:
    if slot < 0:
        return
    host = s.host[slot]
    host.last = s.epoch
    host.bytes[0] += sent
    host.bytes[1] += received
    host.packets[0] += packets_sent
    host.packets[1] += packets_received


@compiled
def report_flows(s: Any) -> None:
    """Report every flow that had packets in this interval: the most recently used ones."""
    slot = s.newest
    while slot >= 0 and s.flow[slot].listed >= s.interval_start - LISTED:
        report_flow(s, s.flow[slot])
        slot = np.int64(s.flow[slot].older)


@compiled
def next_interval(s: Any, start: Any) -> None:
    """Begin the interval that starts at ``start``, after the last one's tables were made."""
    for slot in range(s.host_unused):
        if s.host[slot].used != 0 and s.host[slot].last == s.epoch:
            reset_host(s.host[slot])
    elapsed = max(1, min((start - s.interval_start) // INTERVAL, 12))
    for _ in range(elapsed):
        s.epoch += 1
        turn_sketches(s)
    free_hosts(s)
    forget_old_values(s)
    reset_applications(s)
    s.interval_start = start
    s.bytes = s.packets = s.new_flows = s.ended_flows = 0
    s.retransmissions = s.out_of_order = 0
