"""The host table: found by address and VLAN, bounded; what each host did in the current interval.

A host is kept while it has flows, and 60 s after its last traffic; hosts without flows go at the
next interval's end when the table is three quarters full. What finds no place is counted.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.frames.distinct import free_sketches
from capture_agent.frames.names import recall_name
from capture_agent.meter.compiled import compiled
from capture_agent.meter.records import EPOCHS, MOST_HOSTS, PEAKS
from capture_agent.meter.table import mix

_MASK: Final = 2 * MOST_HOSTS - 1
_SHIFT: Final = np.uint64(32)
_LOW: Final = np.uint64(0xFFFFFFFF)
_NOBODY: Final = -1


@compiled
def host_hash(high: Any, low: Any, vlan: Any) -> Any:
    """Return 32 bits of a host's key."""
    return np.int64(mix(mix(np.uint64(high) ^ np.uint64(vlan)) ^ np.uint64(low)) & _LOW)


@compiled
def find_host(s: Any, high: Any, low: Any, vlan: Any) -> Any:
    """Return a host's slot, or -1."""
    h = host_hash(high, low, vlan)
    place = h & _MASK
    while s.host_index[place] != 0:
        if np.int64(s.host_index[place] >> _SHIFT) == h:
            slot = np.int64(s.host_index[place] & _LOW) - 1
            host = s.host[slot]
            if host.low == low and host.high == high and host.vlan == vlan:
                return slot
        place = (place + 1) & _MASK
    return _NOBODY


@compiled
def get_host(s: Any, high: Any, low: Any, vlan: Any) -> Any:
    """Return a host's slot, a new one if need be; -1 when the table is full."""
    slot = find_host(s, high, low, vlan)
    if slot >= 0:
        return slot
    if s.host_count >= s.host_capacity:
        s.hosts_untracked += 1
        return _NOBODY
    if s.host_free > 0:
        s.host_free -= 1
        slot = np.int64(s.host_spare[s.host_free])
    else:
        slot = s.host_unused
        s.host_unused += 1
    s.host_count += 1
    _begin_host(s, slot, high, low, vlan)
    return slot


@compiled
def _begin_host(s: Any, slot: Any, high: Any, low: Any, vlan: Any) -> None:
    host = s.host[slot]
    h = host_hash(high, low, vlan)
    host.high, host.low, host.vlan, host.hash = high, low, vlan, np.uint32(h)
    host.used, host.mac, host.name_length, host.second, host.last = 1, 0, 0, 0, s.epoch
    for index in range(2):
        host.active[index] = 0
    for kind in range(len(host.distinct)):
        host.distinct_60s[kind] = host.sketch[kind] = 0
    reset_host(host)
    recall_name(s, host)
    place = h & _MASK
    while s.host_index[place] != 0:
        place = (place + 1) & _MASK
    s.host_index[place] = (np.uint64(h) << _SHIFT) | np.uint64(slot + 1)


@compiled
def reset_host(host: Any) -> None:
    """Begin a new interval."""
    for index in range(2):
        host.bytes[index] = host.packets[index] = 0
        host.unanswered[index] = host.failed[index] = 0
    for index in range(len(PEAKS)):
        host.sum[index] = host.peak[index] = 0
    for kind in range(len(host.distinct)):
        host.distinct[kind] = 0


@compiled
def bump(s: Any, slot: Any, counter: Any, second: Any) -> None:
    """Count one event of a host at a second of event time."""
    if slot < 0:
        return
    host = s.host[slot]
    host.last = s.epoch
    if host.second != second:
        host.second = second
        for index in range(len(PEAKS)):
            host.now[index] = 0
    host.sum[counter] += 1
    host.now[counter] += 1
    host.peak[counter] = max(host.peak[counter], host.now[counter])


@compiled
def hosts_with_traffic(s: Any, out: Any) -> Any:
    """Fill ``out`` with the slots of the hosts of this interval; return how many."""
    count = 0
    for slot in range(s.host_unused):
        if s.host[slot].used != 0 and s.host[slot].last == s.epoch:
            out[count] = slot
            count += 1
    return count


@compiled
def free_hosts(s: Any) -> None:
    """Free hosts without flows that were silent for long, sooner when the table fills."""
    crowded = s.host_count * 4 > s.host_capacity * 3
    silence = 0 if crowded else EPOCHS
    for slot in range(s.host_unused):
        host = s.host[slot]
        if host.used == 0:
            continue
        if host.sketch[0] | host.sketch[1] | host.sketch[2] | host.sketch[3]:
            free_sketches(s, host, False)
        if host.active[0] + host.active[1] == 0 and s.epoch - host.last > silence:
            free_sketches(s, host, True)
            _unindex_host(s, slot)
            host.used = 0
            s.host_spare[s.host_free] = slot
            s.host_free += 1
            s.host_count -= 1


@compiled
def _unindex_host(s: Any, slot: Any) -> None:
    place = np.int64(s.host[slot].hash) & _MASK
    while np.int64(s.host_index[place] & _LOW) != slot + 1:
        place = (place + 1) & _MASK
    after = (place + 1) & _MASK
    while s.host_index[after] != 0:
        home = np.int64(s.host_index[after] >> _SHIFT) & _MASK
        if ((after - home) & _MASK) >= ((after - place) & _MASK):
            s.host_index[place] = s.host_index[after]
            place = after
        after = (after + 1) & _MASK
    s.host_index[place] = 0
