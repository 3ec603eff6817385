"""What hosts are called, from DHCP requests, mDNS and answers of DNS.

Answers usually come before their host's first packet: a small table remembers the last ones.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.engine import in_flow, lib
from capture_agent.meter.compiled import compiled
from capture_agent.meter.foreign import load8, load32, load64, swap32, swap64
from capture_agent.meter.records import MOST_NAMES, NAME_BYTES
from capture_agent.meter.table import mix

_DHCP: Final = int(lib.NDPI_PROTOCOL_DHCP)
_DNS: Final = int(lib.NDPI_PROTOCOL_DNS)
_MDNS: Final = int(lib.NDPI_PROTOCOL_MDNS)
_HOST_NAME: Final = in_flow("host_server_name")
_ADDRESSES: Final = in_flow("protos.dns.num_rsp_addr")
_IS_6: Final = in_flow("protos.dns.is_rsp_addr_ipv6")
_ADDRESS: Final = in_flow("protos.dns.rsp_addr")
_UNDERSCORE: Final = ord("_")
_MAPPED: Final = np.uint64(0xFFFF << 32)


@compiled
def learn_name(s: Any, f: Any) -> None:
    """Take names from a flow that nDPI is done with and whose nDPI flow still exists."""
    at = f.engine + _HOST_NAME
    if load8(at) == 0:
        return
    if f.application == _DHCP and f.client_host >= 0:
        _set_name(s.host[f.client_host], at)
    elif f.application == _MDNS and load8(at) != _UNDERSCORE and f.client_host >= 0:
        if _is_local(at):
            _set_name(s.host[f.client_host], at)
    elif f.application == _DNS or f.master == _DNS:
        _learn_answers(s, f, at)


@compiled
def _is_local(at: Any) -> Any:
    """Return whether a name ends in ``.local``; reverse names do not name their asker."""
    length = _length(at)
    return (
        length > 6 and load8(at + length - 6) == 46 and load8(at + length - 5) == 108
        and load8(at + length - 1) == 108
    )  # fmt: skip


@compiled
def _length(at: Any) -> Any:
    length = 0
    while length < NAME_BYTES and load8(at + length) != 0:
        length += 1
    return length


@compiled
def _set_name(host: Any, at: Any) -> None:
    length = _length(at)
    host.name_length = length
    for index in range(length):
        host.name[index] = load8(at + index)


@compiled
def _learn_answers(s: Any, f: Any, name: Any) -> None:
    count: Any = min(np.int64(load8(f.engine + _ADDRESSES)), 4)
    for index in range(count):
        at = f.engine + _ADDRESS + 16 * index
        if load8(f.engine + _IS_6 + index) != 0:
            high, low = np.uint64(swap64(load64(at))), np.uint64(swap64(load64(at + 8)))
        else:
            high, low = np.uint64(0), np.uint64(np.uint64(swap32(load32(at))) | _MAPPED)
        entry = s.name[np.int64(mix(high ^ mix(low))) & (MOST_NAMES - 1)]
        entry.high, entry.low = high, low
        entry.length = _length(name)
        for byte in range(entry.length):
            entry.name[byte] = load8(name + byte)


@compiled
def recall_name(s: Any, host: Any) -> None:
    """Give a new host the name under which it was asked for, if that is remembered."""
    entry = s.name[np.int64(mix(host.high ^ mix(host.low))) & (MOST_NAMES - 1)]
    if entry.length != 0 and entry.low == host.low and entry.high == host.high:
        host.name_length = entry.length
        for index in range(entry.length):
            host.name[index] = entry.name[index]
