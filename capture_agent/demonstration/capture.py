"""Packets in order and as a pcap file."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from capture_agent.demonstration.bulk import Bytes, file_header
from capture_agent.demonstration.conversation import Packet


def record(packet: Packet) -> bytes:
    """Return the pcap record of a packet."""
    time, frame, length = packet
    micros = round(time * 1_000_000)
    seconds, micros = divmod(micros, 1_000_000)
    head = struct.pack("<IIII", seconds, micros, len(frame), length or len(frame))
    return head + frame


def rows(frames: Bytes, times: NDArray[np.float64]) -> list[Packet]:
    """Return frames made in bulk (n × length) as packets."""
    length = frames.shape[1]
    joined = frames.tobytes()
    return [
        Packet(time, joined[start : start + length])
        for time, start in zip(times.tolist(), range(0, len(joined), length), strict=True)
    ]


def save(path: Path | str, packets: Iterable[Packet]) -> int:
    """Write packets in the order of time to a pcap file; returns how many."""
    ordered = sorted(packets, key=lambda packet: packet[0])
    with Path(path).open("wb") as file:
        file.write(file_header())
        file.writelines(map(record, ordered))
    return len(ordered)
