"""Packets with their times, made with scapy, and what the meter tells of them.

A packet is (seconds after :data:`START`, bytes from Ethernet on). The client's first sequence
number is 100, the server's 500.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from capture_agent import schema
from capture_agent.sources.ndpi import PcapSource

#: On a boundary of the frames' intervals of 5 s.
START = 1_700_000_000
FAMILIES = (4, 6)
ENDS = {4: ("10.0.0.5", "198.51.100.7"), 6: ("fd00::5", "2001:db8::7")}
MACS = ("02:00:00:00:00:05", "02:00:00:00:00:07")
PORTS = (40_000, 8_888)
#: No dissector of nDPI takes this for its own.
PLAIN = b"\xa5nothing that anybody knows"

Timed = tuple[float, bytes]


def peer(family: int, number: int) -> str:
    """Return the n-th of up to 65,535 servers."""
    high, low = divmod(number, 256)
    return f"198.18.{high}.{low}" if family == 4 else f"2001:db8:2::{number:x}"


def ip(
    family: int, back: bool = False, *, ends: tuple[str, str] | None = None, **fields: Any
) -> Packet:
    """Return an IP header from the client to the server, or ``back``."""
    source, target = (ends or ENDS[family])[:: -1 if back else 1]
    return (IP if family == 4 else IPv6)(src=source, dst=target, **fields)


def framed(packet: Packet, back: bool = False) -> bytes:
    """Return a packet's bytes behind an Ethernet header."""
    source, target = MACS[:: -1 if back else 1]
    return bytes(Ether(src=source, dst=target) / packet)


def tcp(
    family: int,
    at: float,
    flags: str,
    sequence: int,
    payload: bytes = b"",
    *,
    back: bool = False,
    ports: tuple[int, int] = PORTS,
    window: int = 8_192,
    ends: tuple[str, str] | None = None,
) -> Timed:
    """Return a TCP segment; what it acknowledges does not matter to the meter."""
    source, target = ports[:: -1 if back else 1]
    number, ack = sequence % 2**32, 1 if "A" in flags else 0
    segment = TCP(sport=source, dport=target, flags=flags, seq=number, ack=ack, window=window)
    return at, framed(ip(family, back, ends=ends) / segment / Raw(payload), back)


def handshake(
    family: int, at: float = 0.0, server: float = 0.03, client: float = 0.01, **where: Any
) -> list[Timed]:
    """Return SYN, SYN-ACK ``server`` seconds later, ACK ``client`` seconds after that."""
    return [
        tcp(family, at, "S", 100, **where),
        tcp(family, at + server, "SA", 500, back=True, **where),
        tcp(family, at + server + client, "A", 101, **where),
    ]


def udp(
    family: int,
    at: float,
    payload: bytes = PLAIN,
    *,
    back: bool = False,
    ports: tuple[int, int] = PORTS,
    ends: tuple[str, str] | None = None,
) -> Timed:
    """Return a UDP datagram."""
    source, target = ports[:: -1 if back else 1]
    datagram = UDP(sport=source, dport=target) / Raw(payload)
    return at, framed(ip(family, back, ends=ends) / datagram, back)


def write(path: Path, packets: Iterable[Timed], *, link: int = 1) -> Path:
    """Write a pcap file with that link type."""
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for at, packet in packets:
        time = divmod(START * 10**6 + round(at * 1e6), 10**6)
        data += struct.pack("<IIII", *time, len(packet), len(packet)) + packet
    path.write_bytes(data)
    return path


class Seen:
    """The rows and the counters of a source that was read to its end."""

    def __init__(self, source: PcapSource) -> None:
        tables: dict[str, list[pl.DataFrame]] = {}
        for emission in source.emissions():
            if emission is not None:
                assert emission.table.schema == schema.FRAMES[emission.frame]
                tables.setdefault(emission.frame, []).append(emission.table)
        self._tables = {frame: pl.concat(parts) for frame, parts in tables.items()}
        self.counters = source.counters

    def table(self, frame: str) -> pl.DataFrame:
        """Return all rows of a frame."""
        return self._tables.get(frame, schema.empty(frame))

    def flows(self, event: str = "end") -> list[dict[str, Any]]:
        """Return the flow rows of an event, in the order in which they came."""
        return self.table("flow").filter(pl.col("event") == event).to_dicts()

    def flow(self, event: str = "end") -> dict[str, Any]:
        """Return the only flow's only row of an event."""
        (row,) = self.flows(event)
        return row

    def host(self, address: str) -> list[dict[str, Any]]:
        """Return a host's rows, one per interval."""
        high, low = schema.pack(address)
        mine = (pl.col("host_high") == high) & (pl.col("host_low") == low)
        return self.table("host").filter(mine).to_dicts()


def metered(folder: Path, packets: Iterable[Timed], **options: Any) -> Seen:
    """Return what the meter tells of these packets."""
    path = write(folder / "capture.pcap", packets)
    return Seen(PcapSource([path], interface="x", **{"keep_time": True, **options}))


def ends_of(row: dict[str, Any]) -> tuple[str, str]:
    """Return a flow row's client and server as text."""
    return (
        str(schema.unpack(row["client_high"], row["client_low"])),
        str(schema.unpack(row["server_high"], row["server_low"])),
    )
