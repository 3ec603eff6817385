"""The scan finds what the parser reads, in pcap of both byte orders and in pcapng."""

import struct
from pathlib import Path

import pytest

from capture_agent.l2.parse import parse, table
from capture_agent.l2.scan import frames

from .packets import OTHERS, WANTED

PCAPS = Path(__file__).parents[4] / "shared" / "pcaps"
ALL = [data for _, data, _ in WANTED] + [data for _, data in OTHERS]
START = 1_700_000_000


def pcap(order: str, magic: int, per_second: int, packets: list[bytes] = ALL) -> bytes:
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    fraction = per_second // 4
    return head + b"".join(
        struct.pack(order + "IIII", START + n, fraction, len(data), len(data)) + data
        for n, data in enumerate(packets)
    )


def block(kind: int, body: bytes, order: str) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(order: str, resolution: int | None, ticks: int, packets: list[bytes] = ALL) -> bytes:
    section = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    options = b"" if resolution is None else struct.pack(order + "HHBxxxHH", 9, 1, resolution, 0, 0)
    interface = block(1, struct.pack(order + "HHI", 1, 0, 0) + options, order)
    found = section + interface
    for n, data in enumerate(packets):
        time = (START + n) * ticks + ticks // 4
        head = struct.pack(order + "IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
        found += block(6, head + data, order)
    return found


FILES = {
    "pcap, little endian": pcap("<", 0xA1B2C3D4, 10**6),
    "pcap, big endian": pcap(">", 0xA1B2C3D4, 10**6),
    "pcap, nanoseconds": pcap("<", 0xA1B23C4D, 10**9),
    "pcapng, little endian": pcapng("<", None, 10**6),
    "pcapng, big endian": pcapng(">", None, 10**6),
    "pcapng, nanoseconds": pcapng("<", 9, 10**9),
    "pcapng, powers of two": pcapng("<", 0x80 | 20, 2**20),
    "pcapng, two sections": pcapng("<", None, 10**6, ALL[:3]) + pcapng(">", 9, 10**9, ALL[3:]),
}


@pytest.mark.parametrize("name", FILES)
def test_it_finds_the_frames_with_their_times(tmp_path: Path, name: str) -> None:
    path = tmp_path / "capture"
    path.write_bytes(FILES[name])
    found = list(frames(path))
    assert [frame.data for frame in found] == ALL[: len(WANTED)]
    if "sections" not in name:
        times = [(START + n) * 10**6 + 250_000 for n in range(len(WANTED))]
        assert [frame.time for frame in found] == times


@pytest.mark.parametrize("name", ["pcap, little endian", "pcapng, big endian"])
def test_a_truncated_file_ends_where_it_ends(tmp_path: Path, name: str) -> None:
    path = tmp_path / "capture"
    whole = FILES[name]
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        found = [frame.data for frame in frames(path)]
        assert found == ALL[: len(found)]


@pytest.mark.parametrize("content", [b"", b"\n" * 100, b"#!/bin/sh\n" * 10, bytes(4096)])
def test_what_is_no_capture_has_no_frames(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "capture"
    path.write_bytes(content)
    assert list(frames(path)) == []


@pytest.mark.parametrize("data", ALL)
def test_the_scan_and_the_parser_agree(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "capture"
    path.write_bytes(pcap("<", 0xA1B2C3D4, 10**6, [data]))
    assert all(parse(frame) for frame in frames(path))
    assert len(list(frames(path))) == (data in ALL[: len(WANTED)])


if PCAPS.exists():  # more to try where they are; nothing depends on them

    @pytest.mark.parametrize(
        ("name", "rows"),  # as `tshark -Y "arp or dhcp or dhcpv6"` counts them
        [
            ("dns-tunnel-iodine.pcap", 4),
            ("icmp-tunnel.pcap", 98),
            ("teams.pcap", 10),
            ("telegram.pcap", 13),
            ("tor.pcap", 30),
            ("http.pcapng", 0),
            ("fuzz-2021-10-13.pcap", 0),
        ],
    )
    def test_real_captures_give_the_rows_that_tshark_counts(name: str, rows: int) -> None:
        assert table(frames(PCAPS / name)).height == rows
