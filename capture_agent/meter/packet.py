"""Reading the packet that the engine parsed, within the bytes that were captured."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled
from capture_agent.meter.foreign import load8, load32, load64, swap32, swap64

_MAPPED: Final = np.uint64(0xFFFF << 32)  # ::ffff:0:0/96, RFC 4291 2.5.5.2
_IPV6_HEADER: Final = 40


@compiled
def address_high(p: Any, words: Any) -> Any:
    """Return the upper half of an address; 0 for IPv4."""
    if p.ip_version == 4:
        return np.uint64(0)
    return np.uint64(swap64(np.uint64(words[0])))


@compiled
def address_low(p: Any, words: Any) -> Any:
    """Return the lower half of an address, IPv4 mapped into IPv6."""
    if p.ip_version == 4:
        return np.uint64(np.uint64(swap32(np.uint32(words[0]))) | _MAPPED)
    return np.uint64(swap64(np.uint64(words[1])))


@compiled
def mac(words: Any) -> Any:
    """Return six bytes as a number."""
    number = np.int64(0)
    for index in range(6):
        number = (number << 8) | np.int64(words[index])
    return number


@compiled
def l4_address(p: Any, size: Any) -> Any:
    """Return where the layer above IP begins if ``size`` bytes of it were captured, else 0."""
    content = np.int64(p.ip_content)
    if p.ip_version == 4:
        start = np.int64(load8(content) & 15) * 4
    else:
        start = np.int64(p.ip_size) - np.int64(p.transport_size)
        if p.transport_size == 0 or start < _IPV6_HEADER:
            return np.int64(0)
    if start + size > np.int64(p.ip_content_len):
        return np.int64(0)
    return content + start


@compiled
def capture_time(s: Any) -> Any:
    """Return the packet's time in µs from libpcap's header, a timeval of two 64-bit numbers."""
    return np.int64(load64(s.header)) * 1_000_000 + np.int64(load64(s.header + 8))


@compiled
def was_cut(s: Any) -> Any:
    """Return whether less was captured of the packet than it was long, by libpcap's header."""
    return load32(s.header + 16) < load32(s.header + 20)


@compiled
def read_u16(at: Any) -> Any:
    """Return two bytes in network order as a number."""
    return np.int64(load8(at)) << 8 | np.int64(load8(at + 1))


@compiled
def read_u32(at: Any) -> Any:
    """Return four bytes in network order as a number."""
    return np.int64(swap32(np.uint32(load32(at))))
