"""Follows the conversations of two ports and counts their messages, and what follows what.

What follows what is counted as ntopng does: in Modbus from request to request, in IEC 104 from ASDU
to ASDU of either side. A segment that came before is passed over; after one that is missing, the
stream is read anew from the next segment on.
"""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import polars as pl

from capture_agent import schema
from capture_agent.industrial.messages import READERS, Message, Reader
from capture_agent.l2.parse import Frame, ip_packet

#: Messages are counted together over so many microseconds.
INTERVAL: Final = 5_000_000
#: Conversations that are followed; beyond, the one that was silent longest is forgotten.
MOST: Final = 10_000
#: Bytes of a message that is not whole yet.
_LONGEST_REST: Final = 300
_TCP, _FIN, _SYN, _RST = 6, 1, 2, 4
_HALF: Final = 1 << 31


class Segment(NamedTuple):
    """A TCP segment between a client and one of the ports."""

    client: bytes
    server: bytes
    client_port: int
    server_port: int
    vlan: int
    is_from_server: bool
    sequence: int
    flags: int
    payload: bytes


class _Kind(NamedTuple):
    """What is counted: the messages of one code after another in one conversation."""

    interval: int
    conversation: tuple[bytes, bytes, int, int, int]
    is_from_server: bool
    unit: int
    code: int
    previous: int | None


@dataclass
class _Side:
    """One side's stream: the sequence number that comes next, and bytes of a message's begin."""

    expected: int | None = None
    rest: bytes = b""

    def take(self, segment: Segment, read: Reader) -> list[Message]:
        """Return the messages that a segment completes."""
        if self.expected is not None:
            ahead = (segment.sequence - self.expected) % (1 << 32)
            if ahead >= _HALF:  # it came before
                return []
            if ahead:
                self.rest = b""
        self.expected = (segment.sequence + len(segment.payload)) % (1 << 32)
        data = self.rest + segment.payload
        found, taken = read(data)
        self.rest = b"" if taken < 0 else data[taken:][:_LONGEST_REST]
        return found


@dataclass
class _Conversation:
    sides: tuple[_Side, _Side] = field(default_factory=lambda: (_Side(), _Side()))
    previous: int | None = None


class Follower:
    """Takes frames in the order of time; gives rows of the frame ``industrial``."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[bytes, bytes, int, int, int], _Conversation] = OrderedDict()
        self._counts: Counter[_Kind] = Counter()
        self._exceptions: Counter[_Kind] = Counter()
        self._latest = 0

    def add(self, frames: Iterable[Frame]) -> None:
        """Take frames; what is no segment of the ports is passed over."""
        for frame in frames:
            segment = parse(frame)
            if segment is not None:
                self._latest = max(self._latest, frame.time)
                self._follow(segment, frame.time // INTERVAL)

    def _follow(self, segment: Segment, interval: int) -> None:
        key = (*segment[:4], segment.vlan)
        if segment.flags & (_SYN | _FIN | _RST):
            self._open.pop(key, None)
        if not segment.payload:
            return
        conversation = self._open.setdefault(key, _Conversation())
        self._open.move_to_end(key)
        if len(self._open) > MOST:
            self._open.popitem(last=False)
        name, read = READERS[segment.server_port]
        for message in conversation.sides[segment.is_from_server].take(segment, read):
            counts_on = name == "iec104" or not segment.is_from_server
            previous = conversation.previous if counts_on else None
            kind = _Kind(
                interval, key, segment.is_from_server, message.unit, message.code, previous
            )
            self._counts[kind] += 1
            self._exceptions[kind] += message.is_exception
            if counts_on:
                conversation.previous = message.code

    def rows(self, *, before: int | None = None) -> pl.DataFrame:
        """Return and forget what was counted, of intervals over ``before`` (µs) where given."""
        limit = None if before is None else before // INTERVAL
        done = [kind for kind in self._counts if limit is None or kind.interval < limit]
        rows = [self._row(kind) for kind in done]
        for kind in done:
            del self._counts[kind]
            self._exceptions.pop(kind, None)
        return pl.DataFrame(rows, schema=schema.INDUSTRIAL, orient="row")

    def _row(self, kind: _Kind) -> dict[str, object]:
        client, server, client_port, server_port, vlan = kind.conversation
        ends = {"client": client, "server": server}
        halves = {
            f"{role}_{half}": number
            for role, address in ends.items()
            for half, number in zip(("high", "low"), _halves(address), strict=True)
        }
        return {
            "time": min(
                (kind.interval + 1) * INTERVAL, max(self._latest, kind.interval * INTERVAL)
            ),
            "vlan": vlan,
            **halves,
            "client_port": client_port,
            "server_port": server_port,
            "protocol": READERS[server_port][0],
            "is_from_server": kind.is_from_server,
            "unit": kind.unit,
            "code": kind.code,
            "previous": kind.previous,
            "messages": self._counts[kind],
            "exceptions": self._exceptions[kind],
        }


def _halves(address: bytes) -> tuple[int, int]:
    number = int.from_bytes(address)
    if len(address) == 4:
        return 0, 0xFFFF << 32 | number
    return number >> 64, number & (1 << 64) - 1


def parse(frame: Frame) -> Segment | None:
    """Return a frame's segment; None where it is none of the ports', or is cut off."""
    try:
        vlan, packet = ip_packet(frame)
        return _segment(packet, vlan)
    except (struct.error, IndexError):
        return None


def _segment(packet: bytes, vlan: int) -> Segment | None:
    if packet[0] >> 4 == 4:
        start, end = (packet[0] & 15) * 4, int.from_bytes(packet[2:4])
        protocol, ends = packet[9], (packet[12:16], packet[16:20])
        if int.from_bytes(packet[6:8]) & 0x1FFF:
            return None
    else:
        start, end = 40, 40 + int.from_bytes(packet[4:6])
        protocol, ends = packet[6], (packet[8:24], packet[24:40])
    if protocol != _TCP:
        return None
    ports = struct.unpack_from("!HH", packet, start)
    sequence, offset, flags = struct.unpack_from("!IxxxxBB", packet, start + 4)
    if ports[0] not in READERS and ports[1] not in READERS:
        return None
    is_from_server = ports[1] not in READERS
    payload = packet[start + (offset >> 4) * 4 : end]
    client, server = ends[::-1] if is_from_server else ends
    there, here = ports[::-1] if is_from_server else ports
    return Segment(client, server, there, here, vlan, is_from_server, sequence, flags, payload)
