"""A flow's metadata while it is gathered: a block that numbers and texts are written into.

A block is :data:`records.METADATA`, then per text its number (1 byte), its length (2 bytes,
little-endian) and its bytes. It lies in ``s.scratch`` until :func:`store` copies it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled
from capture_agent.meter.foreign import allocate, load8, load64, store8
from capture_agent.meter.records import METADATA, NUMBERS, SCRATCH_BYTES

_HEAD: Final = METADATA.itemsize


@compiled
def begin_block(s: Any) -> None:
    """Begin a block: no text, all numbers absent."""
    s.scratch_used = _HEAD
    for index in range(_HEAD):
        s.scratch[index] = 0
    for number in range(len(NUMBERS)):
        set_number(s, number, -1)


@compiled
def set_number(s: Any, number: Any, value: Any) -> None:
    """Write one of :data:`records.NUMBERS`; -1 is absent."""
    for index in range(8):
        s.scratch[8 + 8 * number + index] = np.uint8((np.int64(value) >> (8 * index)) & 0xFF)


@compiled
def store(s: Any) -> Any:
    """Return the address of a copy of the scratch block; 0 without memory."""
    size = s.scratch_used
    for index in range(4):
        s.scratch[index] = np.uint8((size >> (8 * index)) & 0xFF)
    at = allocate(s.call.ndpi_malloc, size)
    if at != 0:
        for index in range(size):
            store8(at + index, s.scratch[index])
    return at


@compiled
def put_separator(s: Any, start: Any) -> None:
    """Write what stands between a text's parts, but before the first."""
    if s.scratch_used > start:
        put_byte(s, 59)  # "; "
        put_byte(s, 32)


@compiled
def begin_text(s: Any, number: Any) -> Any:
    """Reserve a text's head; return where its bytes start."""
    s.scratch[s.scratch_used] = number
    s.scratch_used += 3
    return s.scratch_used


@compiled
def end_text(s: Any, start: Any) -> None:
    """Write the text's length, or take the text back if it is empty."""
    length = s.scratch_used - start
    if length == 0:
        s.scratch_used = start - 3
        return
    s.scratch[start - 2] = np.uint8(length & 0xFF)
    s.scratch[start - 1] = np.uint8(length >> 8)


@compiled
def put_byte(s: Any, byte: Any) -> None:
    """Write a byte of a text, unless the block is full."""
    if s.scratch_used < SCRATCH_BYTES - 64:
        s.scratch[s.scratch_used] = np.uint8(byte)
        s.scratch_used += 1


@compiled
def put_bytes(s: Any, at: Any, most: Any) -> None:
    """Write a C string's first ``most`` bytes."""
    for index in range(most):
        byte = load8(at + index)
        if byte == 0:
            break
        put_byte(s, byte)


@compiled
def put_inline(s: Any, number: Any, at: Any, most: Any) -> None:
    """Write a text that lies in nDPI's flow itself."""
    if load8(at) != 0:
        start = begin_text(s, number)
        put_bytes(s, at, most)
        end_text(s, start)


@compiled
def put_pointer(s: Any, number: Any, at: Any, most: Any) -> None:
    """Write a text that nDPI's flow points to."""
    text = np.int64(load64(at))
    if text != 0:
        put_inline(s, number, text, most)
