"""What an Arrow stream says it holds, read from its messages before anything of it is allocated.

A reader believes the stream: how long a compressed buffer is unpacked, how many rows a column
without bytes has, that a buffer belongs to one column alone. So this is checked first. Only the
fields that say so are read, from the flatbuffers of Arrow's Message.fbs and Schema.fbs (1.4).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: No agent's stream has more messages, or a longer schema: 130 columns need 20 KB.
MOST_MESSAGES: Final = 4_096
LONGEST_METADATA: Final = 256 * 2**10

_CONTINUATION: Final = 0xFFFFFFFF
_SCHEMA, _DICTIONARY, _RECORDS = 1, 2, 3  # MessageHeader


class NotArrowError(ValueError):
    """The bytes are no stream of flat Arrow tables; the text says why."""


@dataclass(frozen=True)
class Claim:
    """What the stream says: rows in all, of the longest column, bytes of all buffers unpacked."""

    rows: int
    longest: int
    unpacked: int


@dataclass(frozen=True)
class _Table:
    """A flatbuffers table: fields by their number in the schema."""

    data: memoryview
    at: int

    def _place(self, field: int) -> int:
        vtable = self.at - _number("<i", self.data, self.at)
        if 4 + 2 * field >= _number("<H", self.data, vtable):
            return 0
        offset = _number("<H", self.data, vtable + 4 + 2 * field)
        return self.at + offset if offset else 0

    def number(self, field: int, form: str) -> int:
        """Return a number, 0 where it is left out."""
        place = self._place(field)
        return _number(form, self.data, place) if place else 0

    def table(self, field: int) -> _Table | None:
        """Return a table that this one points to."""
        place = self._place(field)
        return _Table(self.data, place + _number("<I", self.data, place)) if place else None

    def vector(self, field: int) -> tuple[int, int]:
        """Return where a vector's elements begin, and how many there are."""
        if not (place := self._place(field)):
            return 0, 0
        start = place + _number("<I", self.data, place)
        return start + 4, _number("<I", self.data, start)

    def tables(self, field: int) -> Iterator[_Table]:
        """Yield the tables of a vector."""
        start, count = self.vector(field)
        for place in range(start, start + 4 * count, 4):
            yield _Table(self.data, place + _number("<I", self.data, place))


def _number(form: str, data: memoryview, at: int) -> int:
    if at < 0:
        raise NotArrowError("an offset points before the message")
    return int(struct.unpack_from(form, data, at)[0])


def claim(data: bytes) -> Claim:
    """Return what the stream claims; raises NotArrowError for what is no stream of flat tables."""
    try:
        return _claim(memoryview(data))
    except struct.error:
        raise NotArrowError("it ends in the middle") from None


def _claim(data: memoryview) -> Claim:
    rows = longest = unpacked = 0
    for count, (message, body) in enumerate(_messages(data)):
        if count >= MOST_MESSAGES:
            raise NotArrowError(f"more than {MOST_MESSAGES:,} messages")
        kind, header = message.number(1, "<B"), message.table(2)
        if header is None or kind not in (_SCHEMA, _DICTIONARY, _RECORDS):
            raise NotArrowError("a message that is neither schema, dictionary nor records")
        if kind == _SCHEMA:
            _check_schema(header)
            continue
        records = header.table(1) if kind == _DICTIONARY else header
        if records is None:
            raise NotArrowError("a dictionary without values")
        length = _length(records)
        rows += length if kind == _RECORDS else 0
        longest = max(longest, length)
        unpacked += _unpacked(records, body)
    return Claim(rows, longest, unpacked)


def _messages(data: memoryview) -> Iterator[tuple[_Table, memoryview]]:
    """Yield each message's flatbuffer and body, up to the end that the stream marks."""
    at = 0
    while at < len(data):
        size = _number("<I", data, at)
        at += 4
        if size == _CONTINUATION:
            size = _number("<I", data, at)
            at += 4
        if size == 0:
            return
        if size > LONGEST_METADATA or at + size > len(data):
            raise NotArrowError(f"a message of {size:,} bytes")
        metadata = data[at : at + size]
        message = _Table(metadata, _number("<I", metadata, 0))
        length = message.number(3, "<q")
        at += size
        if not 0 <= length <= len(data) - at:
            raise NotArrowError("it ends in the middle")
        yield message, data[at : at + length]
        at += length


def _check_schema(schema: _Table) -> None:
    if schema.number(0, "<h"):
        raise NotArrowError("it is big-endian")
    for field in schema.tables(1):
        if field.vector(5)[1]:
            raise NotArrowError("a column within a column")


def _pairs(records: _Table, field: int) -> NDArray[np.int64]:
    """Return a vector of structs of two numbers, as n × 2."""
    start, count = records.vector(field)
    part = records.data[start : start + 16 * count]
    if len(part) < 16 * count:
        raise NotArrowError("it ends in the middle")
    return np.frombuffer(part, "<i8").reshape(-1, 2)


def _length(records: _Table) -> int:
    """Return the greatest length that a batch or a column of it claims."""
    lengths = [records.number(0, "<q"), *_pairs(records, 1)[:, 0].tolist()]
    if min(lengths) < 0:
        raise NotArrowError("a negative length")
    return int(max(lengths))


def _unpacked(records: _Table, body: memoryview) -> int:
    """Return the bytes of all buffers, as long as they say they are unpacked."""
    buffers = _pairs(records, 2)
    whole = len(body)
    if ((buffers < 0) | (buffers > whole)).any() or (buffers.sum(axis=1) > whole).any():
        raise NotArrowError("a buffer outside of its message")
    if records.table(3) is None:  # compression
        return int(buffers[:, 1].sum())
    return sum(_said(body, *pair) for pair in buffers.tolist() if pair[1])


def _said(body: memoryview, offset: int, length: int) -> int:
    """Return how long a compressed buffer says it is; -1 says that it is not compressed."""
    said = _number("<q", body, offset)
    if said < -1:
        raise NotArrowError("a buffer of negative length")
    return length if said == -1 else said
