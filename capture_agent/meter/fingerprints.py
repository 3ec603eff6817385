"""Fingerprints of TCP stacks: nDPI computes one per shape of a SYN, not one per flow.

nDPI formats and hashes a SYN's options for every flow, which is a tenth of all its time, while the
stacks of a network send few different ones. So there are two detection modules: one computes
fingerprints, the other does not. A SYN of a shape that was not seen before goes through the first,
and what it found is remembered; every other packet goes through the second. A *shape* is all that
nDPI's fingerprint depends on: flags, time to live, window, and the options without time stamps. A
SYN with four bytes of options or fewer is not remembered: nDPI sees a scanner in some of them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.engine import in_flow
from capture_agent.meter.compiled import compiled
from capture_agent.meter.direction import TCP
from capture_agent.meter.foreign import load8, load32, load64
from capture_agent.meter.packet import l4_address
from capture_agent.meter.records import (
    FINGERPRINT_BYTES,
    MOST_FINGERPRINTS,
    SHAPE_WORDS,
)
from capture_agent.meter.table import mix

_HEADER: Final = 20
_OPENING: Final = 0x02 | 0x40 | 0x80  # SYN, ECE, CWR: with one of them and without ACK
_ACK: Final = 0x10
_HOPS: Final = 32  # nDPI rounds the time to live up to some multiples of this
_HOP_LIMIT_6: Final = 7
_HOP_LIMIT: Final = 8
_END, _NOP, _TIMESTAMP = 0, 1, 8  # kinds of TCP options
_SCANNERS: Final = 4  # bytes of options up to which nDPI may see a scanner
_MASK: Final = 2 * MOST_FINGERPRINTS - 1
_TEXT: Final = in_flow("tcp.fingerprint")
_HINT: Final = in_flow("tcp.os_hint")


@compiled
def module_for(s: Any, f: Any, p: Any) -> Any:
    """Return the detection module that a packet goes through; ``s.shape`` is set for a SYN's."""
    if f.l4 != TCP or f.fingerprint != 0 or load64(f.engine + _TEXT) != 0:
        return s.dissector
    at = l4_address(p, _HEADER)
    if at != 0 and ((load8(at + 13) & _OPENING) == 0 or load8(at + 13) & _ACK):
        return s.dissector
    if at == 0 or p.ip_content_len < p.ip_size or not _take_shape(s, p, at):
        s.shape[0] = 0
        return s.fingerprinter
    f.fingerprint = _known(s)
    return s.dissector if f.fingerprint != 0 else s.fingerprinter


@compiled
def remember_fingerprint(s: Any, f: Any) -> None:
    """Keep what the fingerprinting module found out about the SYN whose shape is set."""
    text = np.int64(load64(f.engine + _TEXT))
    if text == 0 or s.shape[0] == 0 or s.fingerprint_count == MOST_FINGERPRINTS - 1:
        return
    e = s.fingerprint[s.fingerprint_count]
    s.fingerprint_count += 1
    for index in range(SHAPE_WORDS):
        e.shape[index] = s.shape[index]
    for index in range(FINGERPRINT_BYTES - 1):
        byte = load8(text + index)
        e.text[index] = byte
        if byte == 0:
            break
    e.os_hint = np.int32(load32(f.engine + _HINT))
    s.fingerprint_index[_place(s)] = s.fingerprint_count
    f.fingerprint = s.fingerprint_count


@compiled
def _known(s: Any) -> Any:
    """Return the number, from 1, of the fingerprint for the shape that is set; 0 for none."""
    return s.fingerprint_index[_place(s)]


@compiled
def _place(s: Any) -> Any:
    """Return where in the index the shape is, or would go."""
    key = np.uint64(0)
    for index in range(SHAPE_WORDS):
        key = mix(key ^ s.shape[index])
    place = np.int64(key) & _MASK
    while s.fingerprint_index[place] != 0:
        if _is_shape(s, s.fingerprint[np.int64(s.fingerprint_index[place]) - 1]):
            break
        place = (place + 1) & _MASK
    return place


@compiled
def _is_shape(s: Any, e: Any) -> Any:
    difference = np.uint64(0)
    for index in range(SHAPE_WORDS):
        difference |= e.shape[index] ^ s.shape[index]
    return difference == np.uint64(0)


@compiled
def _take_shape(s: Any, p: Any, at: Any) -> Any:
    """Set ``s.shape`` to a SYN's; return whether it has one (its options are whole)."""
    size = (np.int64(load8(at + 12)) >> 4) * 4 - _HEADER
    if size <= _SCANNERS or l4_address(p, _HEADER + size) == 0:
        return False
    content = np.int64(p.ip_content)
    hops = np.int64(load8(content + (_HOP_LIMIT if p.ip_version == 4 else _HOP_LIMIT_6)))
    for index in range(1, SHAPE_WORDS):
        s.shape[index] = 0
    s.shape[0] = np.uint64(
        np.int64(load8(at + 12)) << 40 | np.int64(load8(at + 13)) << 32
        | np.int64(load8(at + 14)) << 24 | np.int64(load8(at + 15)) << 16
        | (hops + _HOPS - 1) // _HOPS
    )  # fmt: skip
    return _take_options(s, at + _HEADER, size)


@compiled
def _take_options(s: Any, at: Any, size: Any) -> Any:
    """Copy the options but the values of time stamps; return whether they are well-formed."""
    length: Any
    position = np.int64(0)
    while position < size:
        kind = np.int64(load8(at + position))
        length = np.int64(1)
        if kind != _NOP and kind != _END:
            length = np.int64(load8(at + position + 1)) if position + 1 < size else 0
            if length < 2 or position + length > size:
                return False
        told = 2 if kind == _TIMESTAMP else length
        for index in range(told):
            byte = np.int64(load8(at + position + index))
            place = position + index
            word = np.int64(s.shape[1 + place // 8])
            s.shape[1 + place // 8] = np.uint64(word | byte << (8 * (place % 8)))
        position += length
    return True
