"""How many distinct values (peers, ports) each host had, in 5 s and in 60 s.

One table for all hosts holds each value once with the interval that saw it last: exact for both
windows. A host with more than :data:`BOUND` values, or any when the table is full, counts the
others in a HyperLogLog sketch (Flajolet et al., 2007) per interval; the sum of both is told.
"""

from __future__ import annotations

from math import log
from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled
from capture_agent.meter.records import (
    DISTINCT,
    EPOCHS,
    MOST_DISTINCT,
    REGISTERS,
    SKETCHES,
)
from capture_agent.meter.table import mix

#: Values per host, kind and minute that are counted exactly.
BOUND: Final = 256
_MASK: Final = 2 * MOST_DISTINCT - 1
_FULL: Final = MOST_DISTINCT - 1
_REGISTER_BITS: Final = np.uint64(REGISTERS.bit_length() - 1)
_ALPHA: Final = 0.7213 / (1 + 1.079 / REGISTERS)


@compiled
def add_value(s: Any, slot: Any, kind: Any, value: Any) -> None:
    """Note that a host had to do with a value (64 bits) now."""
    key = mix(np.uint64(value) ^ mix(np.uint64(slot * len(DISTINCT) + kind)))
    h = s.host[slot]
    place = np.int64(key) & _MASK
    while s.distinct_index[place] != 0:
        e = s.distinct[np.int64(s.distinct_index[place]) - 1]
        if e.key == key and e.host == slot and e.kind == kind:
            if e.epoch != s.epoch:
                e.epoch = s.epoch
                h.distinct[kind] += 1
            return
        place = (place + 1) & _MASK
    if h.distinct_60s[kind] >= BOUND or s.distinct_count >= _FULL:
        _sketch_value(s, h, kind, key)
        return
    e = s.distinct[s.distinct_count]
    s.distinct_count += 1
    s.distinct_index[place] = s.distinct_count
    e.key, e.host, e.kind, e.epoch = key, slot, kind, s.epoch
    h.distinct[kind] += 1
    h.distinct_60s[kind] += 1


@compiled
def _sketch_value(s: Any, h: Any, kind: Any, key: Any) -> None:
    """Count a value in the host's sketch; without a free one the count stays a lower bound."""
    if h.sketch[kind] == 0:
        if s.sketch_count == SKETCHES:
            s.distinct_untracked += 1
            return
        h.sketch[kind] = s.sketch_spare[s.sketch_count] + 1
        s.sketch_count += 1
    register = np.int64(key) & (REGISTERS - 1)
    rest = np.uint64(key >> _REGISTER_BITS)
    rank = 1
    while rank < 55 and (rest & np.uint64(1)) == np.uint64(0):
        rest = np.uint64(rest >> np.uint64(1))
        rank += 1
    row = s.sketch[h.sketch[kind] - 1, s.epoch % EPOCHS]
    row[register] = max(row[register], np.uint8(rank))


@compiled
def _estimate(s: Any, sketch: Any, first: Any, count: Any) -> Any:
    """Return the estimate of the union of ``count`` intervals from ``first`` on."""
    total, zeros = 0.0, 0
    rank: Any
    for register in range(REGISTERS):
        rank = 0
        for epoch in range(first, first + count):
            rank = max(rank, np.int64(s.sketch[sketch, epoch % EPOCHS, register]))
        total += 2.0**-rank
        zeros += 1 if rank == 0 else 0
    estimate = _ALPHA * REGISTERS * REGISTERS / total
    if estimate <= 2.5 * REGISTERS and zeros > 0:
        estimate = REGISTERS * log(REGISTERS / zeros)
    return np.int64(estimate + 0.5)


@compiled
def count_distinct(s: Any, slots: Any, out: Any) -> None:
    """Fill ``out`` (8 × hosts): the kinds' counts in 5 s, then in 60 s."""
    for index in range(len(slots)):
        h = s.host[slots[index]]
        for kind in range(len(DISTINCT)):
            out[kind, index] = h.distinct[kind]
            out[len(DISTINCT) + kind, index] = h.distinct_60s[kind]
            if h.sketch[kind] != 0:
                sketch = np.int64(h.sketch[kind]) - 1
                out[kind, index] += _estimate(s, sketch, s.epoch, 1)
                out[len(DISTINCT) + kind, index] += _estimate(s, sketch, 0, EPOCHS)


@compiled
def forget_old_values(s: Any) -> None:
    """Drop the values that no interval of the last 60 s saw, and those of hosts that are gone."""
    position = 0
    while position < s.distinct_count:
        e = s.distinct[position]
        h = s.host[e.host]
        if h.used != 0 and e.epoch > s.epoch - EPOCHS:
            position += 1
            continue
        h.distinct_60s[e.kind] -= 1
        _unindex(s, _place_of(s, position))
        s.distinct_count -= 1
        if position != s.distinct_count:
            s.distinct_index[_place_of(s, s.distinct_count)] = position + 1
            last = s.distinct[s.distinct_count]
            e.key, e.host, e.kind, e.epoch = last.key, last.host, last.kind, last.epoch


@compiled
def _place_of(s: Any, position: Any) -> Any:
    place = np.int64(s.distinct[position].key) & _MASK
    while np.int64(s.distinct_index[place]) != position + 1:
        place = (place + 1) & _MASK
    return place


@compiled
def _unindex(s: Any, place: Any) -> None:
    after = (place + 1) & _MASK
    while s.distinct_index[after] != 0:
        home = np.int64(s.distinct[np.int64(s.distinct_index[after]) - 1].key) & _MASK
        if ((after - home) & _MASK) >= ((after - place) & _MASK):
            s.distinct_index[place] = s.distinct_index[after]
            place = after
        after = (after + 1) & _MASK
    s.distinct_index[place] = 0


@compiled
def turn_sketches(s: Any) -> None:
    """Begin a new interval in every sketch: what it overwrites is 60 s old."""
    if s.sketch_count == 0:
        return
    row = s.epoch % EPOCHS
    for sketch in range(SKETCHES):
        for register in range(REGISTERS):
            s.sketch[sketch, row, register] = 0


@compiled
def free_sketches(s: Any, h: Any, always: Any) -> None:
    """Give back the sketches of a host that hold nothing any more, or all of them."""
    for kind in range(len(DISTINCT)):
        if h.sketch[kind] == 0:
            continue
        sketch = np.int64(h.sketch[kind]) - 1
        if always or _estimate(s, sketch, 0, EPOCHS) == 0:
            s.sketch[sketch, :, :] = 0
            h.sketch[kind] = 0
            s.sketch_count -= 1
            s.sketch_spare[s.sketch_count] = sketch
