"""One packet as a template, and from it thousands with other addresses and ports, in numpy.

A template is a frame made with zero addresses and ports. Since the internet checksum is a sum, the
checksums of the copies follow from the template's by adding the words put in.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from capture_agent.demonstration.packets import UDP, Endpoint

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]

#: Ends of a template: patched by :func:`expand`.
BLANK4: Final = (Endpoint("02:00:00:00:00:01", "0.0.0.0"), Endpoint("02:00:00:00:00:02", "0.0.0.0"))  # noqa: S104
BLANK6: Final = (Endpoint("02:00:00:00:00:01", "::"), Endpoint("02:00:00:00:00:02", "::"))

_ETHERNET: Final = 14
_CHECKSUM: Final = {1: 2, 6: 16, 17: 6, 58: 2}  # offset of the L4 checksum by protocol


@dataclass(frozen=True)
class Ends:
    """Who talks in each copy: packed addresses (n × 4 or 16 bytes) and ports (n)."""

    client: Bytes
    server: Bytes
    client_port: Words
    server_port: Words

    def __len__(self) -> int:
        return len(self.client_port)

    def reversed(self) -> Ends:
        """Return the same pairs seen from the server."""
        return Ends(self.server, self.client, self.server_port, self.client_port)

    def part(self, rows: slice) -> Ends:
        """Return some of the pairs."""
        return Ends(
            self.client[rows], self.server[rows], self.client_port[rows], self.server_port[rows]
        )


def addresses4(numbers: NDArray[np.uint32]) -> Bytes:
    """Return IPv4 addresses given as numbers as n × 4 bytes."""
    return numbers.astype(">u4").view(np.uint8).reshape(-1, 4)


def addresses6(prefix: int, numbers: NDArray[np.uint64]) -> Bytes:
    """Return IPv6 addresses of one /64 (``prefix`` its upper half) as n × 16 bytes."""
    halves = np.empty((len(numbers), 2), ">u8")
    halves[:, 0], halves[:, 1] = prefix, numbers
    return halves.view(np.uint8).reshape(-1, 16)


def expand(frame: bytes, ends: Ends, words: dict[int, Words] | None = None) -> Bytes:
    """Return n frames (n × length): the template sent by each pair's client to its server.

    ``words`` are further 16-bit fields of the L4 segment by their even offset in it (a DNS id, …),
    zero in the template. TCP, UDP and ICMP over untagged IPv4 or IPv6 without IP options.
    """
    rows = np.tile(np.frombuffer(frame, np.uint8), (len(ends), 1))
    width = ends.client.shape[1]
    source = _ETHERNET + (12 if width == 4 else 8)
    l4 = _ETHERNET + (20 if width == 4 else 40)
    protocol = frame[_ETHERNET + (9 if width == 4 else 6)]
    rows[:, source : source + width] = ends.client
    rows[:, source + width : source + 2 * width] = ends.server
    pair = _sums(rows[:, source : source + 2 * width])
    if width == 4:
        _add(rows, _ETHERNET + 10, pair)
    inside = _fill(rows, l4, _fields(protocol, ends, words or {}))
    pseudo = pair if protocol != 1 else np.zeros_like(pair)  # ICMP of IPv4 has no pseudo header
    _add(rows, l4 + _CHECKSUM[protocol], inside + pseudo)
    if protocol == UDP:
        _avoid_zero(rows, l4 + _CHECKSUM[protocol])
    return rows


def _fields(protocol: int, ends: Ends, words: dict[int, Words]) -> dict[int, Words]:
    if protocol in (1, 58):
        return words
    return {0: ends.client_port, 2: ends.server_port} | words


def _fill(rows: Bytes, l4: int, fields: dict[int, Words]) -> NDArray[np.uint64]:
    total = np.zeros(len(rows), np.uint64)
    for offset, values in fields.items():
        rows[:, l4 + offset : l4 + offset + 2] = values.astype(">u2").view(np.uint8).reshape(-1, 2)
        total += values
    return total


def _sums(part: Bytes) -> NDArray[np.uint64]:
    words: NDArray[np.uint16] = np.ascontiguousarray(part).view(">u2")
    return np.asarray(words.sum(axis=1, dtype=np.uint64), np.uint64)


def _add(rows: Bytes, offset: int, added: NDArray[np.uint64]) -> None:
    """Add words to the checksum at an offset of each row."""
    field = np.ascontiguousarray(rows[:, offset : offset + 2]).view(">u2")[:, 0]
    total = added + (np.uint64(0xFFFF) - field.astype(np.uint64))
    for _ in range(2):
        total = (total & np.uint64(0xFFFF)) + (total >> np.uint64(16))
    value = (np.uint64(0xFFFF) - total).astype(">u2")
    rows[:, offset : offset + 2] = value.view(np.uint8).reshape(-1, 2)


def file_header() -> bytes:
    """Return the head of a pcap file of Ethernet frames with microseconds."""
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)


def records(frames: Bytes, times: NDArray[np.int64]) -> Bytes:
    """Return pcap records (n × 16 + length) of frames sent at ``times`` (µs since the epoch)."""
    count, length = frames.shape
    head = np.empty((count, 4), "<u4")
    head[:, 0], head[:, 1] = times // 1_000_000, times % 1_000_000
    head[:, 2:] = length
    return np.hstack([head.view(np.uint8).reshape(count, 16), frames])


def _avoid_zero(rows: Bytes, offset: int) -> None:
    """Write a checksum of 0 as 0xFFFF: in UDP 0 means that there is none."""
    field = rows[:, offset : offset + 2]
    field[~field.any(axis=1)] = 0xFF
