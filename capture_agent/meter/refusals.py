"""ICMP errors: a "destination unreachable" tells that the flow it quotes was refused."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.frames.interval import tell_failed
from capture_agent.meter.compiled import compiled
from capture_agent.meter.direction import ICMP, ICMP6
from capture_agent.meter.foreign import load8, load32, load64, swap32, swap64
from capture_agent.meter.packet import l4_address, read_u16
from capture_agent.meter.records import UNREACHABLE
from capture_agent.meter.table import find, key_hash, key_rest

_UNREACHABLE: Final = 3  # RFC 792
_UNREACHABLE_6: Final = 1  # RFC 4443
_ICMP_HEADER: Final = 8
_IPV4_HEADER: Final = 20
_IPV6_HEADER: Final = 40
_PORTS: Final = 4
_MAPPED: Final = np.uint64(0xFFFF << 32)


@compiled
def note_refusal(s: Any, p: Any) -> None:
    """If a packet is such an error, mark the flow it quotes."""
    if p.protocol == ICMP:
        at = l4_address(p, _ICMP_HEADER + _IPV4_HEADER + _PORTS)
        if at != 0 and load8(at) == _UNREACHABLE:
            _mark_ipv4(s, p, at + _ICMP_HEADER)
    elif p.protocol == ICMP6:
        at = l4_address(p, _ICMP_HEADER + _IPV6_HEADER + _PORTS)
        if at != 0 and load8(at) == _UNREACHABLE_6:
            _mark_ipv6(s, p, at + _ICMP_HEADER)


@compiled
def _mark_ipv4(s: Any, p: Any, at: Any) -> None:
    if load8(at) != 0x45:  # options would move the ports
        return
    zero = np.uint64(0)
    source = np.uint64(np.uint64(swap32(load32(at + 12))) | _MAPPED)
    target = np.uint64(np.uint64(swap32(load32(at + 16))) | _MAPPED)
    _mark(s, p, np.int64(load8(at + 9)), at + _IPV4_HEADER, zero, source, zero, target)


@compiled
def _mark_ipv6(s: Any, p: Any, at: Any) -> None:
    source_high, source_low = swap64(load64(at + 8)), swap64(load64(at + 16))
    target_high, target_low = swap64(load64(at + 24)), swap64(load64(at + 32))
    l4 = np.int64(load8(at + 6))
    _mark(s, p, l4, at + _IPV6_HEADER, source_high, source_low, target_high, target_low)


@compiled
def _mark(
    s: Any, p: Any, l4: Any, ports: Any, source_high: Any, source_low: Any, target_high: Any,
    target_low: Any,
) -> None:  # fmt: skip
    source_port, target_port = read_u16(ports), read_u16(ports + 2)
    rest = key_rest(l4, p.vlan_id, p.tunnel_id)
    h = key_hash(source_high, source_low, source_port, target_high, target_low, target_port, rest)
    found = find(
        s, h, source_high, source_low, source_port, target_high, target_low, target_port, rest
    )
    if found >= 0:
        f = s.flow[found >> 1]
        f.seen |= UNREACHABLE
        tell_failed(s, f)
