"""The flow table: found by an order-independent key, kept in order of last use to the second.

The index is open addressing with linear probing; an entry is a hash's 32 bits and a slot plus 1, so
that most misses cost no look at the flow. Removal shifts back what follows: no tombstones.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ / golden ratio (Knuth, 6.4)
_SHIFT: Final = np.uint64(32)
_LOW: Final = np.uint64(0xFFFFFFFF)
NEVER: Final = 0xFFFFFFFF
#: µs within which the order of use is not kept.
LISTED: Final = 1_000_000


@compiled
def mix(value: Any) -> Any:
    """Return 64 well-mixed bits of a 64-bit value."""
    value = np.uint64(value)
    value = np.uint64((value ^ (value >> _SHIFT)) * _MULTIPLIER)
    value = np.uint64((value ^ (value >> _SHIFT)) * _MULTIPLIER)
    return np.uint64(value ^ (value >> _SHIFT))


@compiled
def _end_hash(high: Any, low: Any, port: Any) -> Any:
    return mix(mix(np.uint64(high) ^ np.uint64(port)) ^ np.uint64(low))


@compiled
def key_hash(
    high_1: Any, low_1: Any, port_1: Any, high_2: Any, low_2: Any, port_2: Any, rest: Any
) -> Any:
    """Return 32 bits of a flow's key, the same for both directions."""
    both = np.uint64(_end_hash(high_1, low_1, port_1) + _end_hash(high_2, low_2, port_2))
    return np.int64(mix(both ^ np.uint64(rest)) & _LOW)


@compiled
def key_rest(l4: Any, vlan: Any, tunnel: Any) -> Any:
    """Return the parts of a flow's key that are not an end, as one number."""
    return np.int64(l4) | np.int64(vlan) << 8 | np.int64(tunnel) << 24


@compiled
def find(
    s: Any, h: Any, high_1: Any, low_1: Any, port_1: Any, high_2: Any, low_2: Any, port_2: Any,
    rest: Any,
) -> Any:  # fmt: skip
    """Return ``slot * 2 + direction`` of a packet from end 1 to end 2, or -1 for a new flow."""
    place = h & s.index_mask
    while True:
        entry = s.flow_index[place]
        if entry == 0:
            return -1
        if np.int64(entry >> _SHIFT) == h:
            slot = np.int64(entry & _LOW) - 1
            f = s.flow[slot]
            if key_rest(f.l4, f.vlan, f.tunnel) == rest:
                if (
                    f.client_low == low_1 and f.server_low == low_2
                    and f.client_port == port_1 and f.server_port == port_2
                    and f.client_high == high_1 and f.server_high == high_2
                ):  # fmt: skip
                    return slot * 2
                if (
                    f.client_low == low_2 and f.server_low == low_1
                    and f.client_port == port_2 and f.server_port == port_1
                    and f.client_high == high_2 and f.server_high == high_1
                ):  # fmt: skip
                    return slot * 2 + 1
        place = (place + 1) & s.index_mask


@compiled
def take_slot(s: Any) -> Any:
    """Return a slot that is free; the caller has made room."""
    s.flow_count += 1
    if s.flow_free > 0:
        s.flow_free -= 1
        return np.int64(s.flow_spare[s.flow_free])
    s.flow_unused += 1
    return s.flow_unused - 1


@compiled
def index_slot(s: Any, slot: Any, h: Any) -> None:
    """Enter a slot under its hash."""
    place = h & s.index_mask
    while s.flow_index[place] != 0:
        place = (place + 1) & s.index_mask
    s.flow_index[place] = (np.uint64(h) << _SHIFT) | np.uint64(slot + 1)


@compiled
def _unindex_slot(s: Any, slot: Any) -> None:
    place = np.int64(s.flow[slot].hash) & s.index_mask
    while np.int64(s.flow_index[place] & _LOW) != slot + 1:
        place = (place + 1) & s.index_mask
    after = (place + 1) & s.index_mask
    while s.flow_index[after] != 0:
        home = np.int64(s.flow_index[after] >> _SHIFT) & s.index_mask
        if ((after - home) & s.index_mask) >= ((after - place) & s.index_mask):
            s.flow_index[place] = s.flow_index[after]
            place = after
        after = (after + 1) & s.index_mask
    s.flow_index[place] = 0


@compiled
def append_newest(s: Any, slot: Any) -> None:
    """Make a slot the most recently used one."""
    f = s.flow[slot]
    f.listed = f.last
    f.older = s.newest
    f.newer = -1
    if s.newest >= 0:
        s.flow[s.newest].newer = slot
    else:
        s.oldest = slot
    s.newest = slot


@compiled
def unlink(s: Any, slot: Any) -> None:
    """Take a slot out of the order of use."""
    f = s.flow[slot]
    if f.older >= 0:
        s.flow[f.older].newer = f.newer
    else:
        s.oldest = f.newer
    if f.newer >= 0:
        s.flow[f.newer].older = f.older
    else:
        s.newest = f.older


@compiled
def touch(s: Any, slot: Any) -> None:
    """Make a slot the most recent one, if it was not listed as that within a second.

    Sparing most packets the move (three cache lines) costs order within :data:`LISTED` only; who
    walks the list compares ``last``, which is never before ``listed``.
    """
    f = s.flow[slot]
    if f.last - f.listed >= LISTED:
        unlink(s, slot)
        append_newest(s, slot)


@compiled
def drop_slot(s: Any, slot: Any) -> None:
    """Remove a flow from index and order; its slot is free then."""
    _unindex_slot(s, slot)
    unlink(s, slot)
    s.due[slot] = NEVER
    s.flow_spare[s.flow_free] = slot
    s.flow_free += 1
    s.flow_count -= 1
