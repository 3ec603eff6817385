"""Capture files of all kinds, whole and broken."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.l2 import Ether
from scapy.utils import PcapNgWriter

from capture_agent.engine_capture import CaptureError
from capture_agent.sources.ndpi import PcapSource
from tests.capture_agent.traffic import (
    ENDS,
    FAMILIES,
    START,
    Seen,
    Timed,
    ends_of,
    framed,
    ip,
    metered,
    udp,
    write,
)

FAMILY = pytest.mark.parametrize("family", FAMILIES)
NOW = 1_800_000_000.0


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def source(*paths: Path, **options: Any) -> PcapSource:
    return PcapSource(paths, interface="x", **{"keep_time": True, **options})


def some(family: int, count: int = 5) -> list[Timed]:
    return [udp(family, n / 10, ports=(50_000 + n, 8_888)) for n in range(count)]


# formats


def pcapng(path: Path, packets: list[Timed]) -> None:
    with PcapNgWriter(str(path)) as writer:
        for at, data in packets:
            packet = Ether(data)
            packet.time = START + at
            writer.write(packet)


def nanoseconds(path: Path, packets: list[Timed]) -> None:
    data = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65_535, 1)
    for at, packet in packets:
        time = divmod(START * 10**9 + round(at * 1e9), 10**9)
        data += struct.pack("<IIII", *time, len(packet), len(packet)) + packet
    path.write_bytes(data)


def big_endian(path: Path, packets: list[Timed]) -> None:
    data = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
    for at, packet in packets:
        time = divmod(START * 10**6 + round(at * 1e6), 10**6)
        data += struct.pack(">IIII", *time, len(packet), len(packet)) + packet
    path.write_bytes(data)


@FAMILY
@pytest.mark.parametrize("written", [pcapng, nanoseconds, big_endian])
def test_other_formats_give_the_same_flows(
    tmp_path: Path, family: int, written: Callable[[Path, list[Timed]], None]
) -> None:
    written(tmp_path / "capture", some(family))
    seen = Seen(source(tmp_path / "capture"))
    expected = metered(tmp_path, some(family))
    times = [(row["first_seen"], row["bytes_to_server"]) for row in seen.flows()]
    assert times == [(row["first_seen"], row["bytes_to_server"]) for row in expected.flows()]
    assert len(times) == 5


@FAMILY
@pytest.mark.parametrize(
    ("link", "header"),
    [(12, b""), (113, struct.pack("!HHH8sH", 0, 1, 6, b"\2\0\0\0\0\5\0\0", 0))],
    ids=["raw IP", "Linux cooked"],
)
def test_other_link_types(tmp_path: Path, family: int, link: int, header: bytes) -> None:
    from scapy.layers.inet import UDP

    if header:
        header = header[:-2] + (b"\x08\0" if family == 4 else b"\x86\xdd")
    packet = header + bytes(ip(family) / UDP(sport=40_000, dport=8_888) / b"hello")
    path = write(tmp_path / "capture.pcap", [(0, packet)], link=link)
    row = Seen(source(path)).flow()
    assert (ends_of(row), row["payload_to_server"]) == (ENDS[family], 5)


# what is no capture, or not a whole one


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("this is no capture\n" * 20)


def short(path: Path) -> None:
    path.write_bytes(struct.pack("<IHH", 0xA1B2C3D4, 2, 4))


def unknown_link(path: Path) -> None:
    write(path, some(4), link=147)


def folder(path: Path) -> None:
    path.mkdir()


def missing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize(
    ("make", "reason"),
    [(nothing, "is empty"), (text, "not a pcap or pcapng file"),
     (short, "not a pcap or pcapng file"), (unknown_link, "link type 147"),
     (folder, "is a folder"), (missing, "no such file")],
)  # fmt: skip
def test_what_is_no_capture_is_refused_by_name_before_anything_is_read(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    good, bad = write(tmp_path / "good.pcap", some(4)), tmp_path / "bad.pcap"
    make(bad)
    with pytest.raises(CaptureError, match=f"bad.pcap: {reason}"):
        source(good, bad)


def test_a_filter_that_is_none_is_refused_by_its_text(tmp_path: Path) -> None:
    path = write(tmp_path / "capture.pcap", some(4))
    with pytest.raises(CaptureError, match="filter 'no such thing' is not valid"):
        source(path, bpf="no such thing")


@FAMILY
def test_a_file_without_packets_gives_no_rows(tmp_path: Path, family: int) -> None:
    seen = Seen(source(write(tmp_path / "capture.pcap", [])))
    assert (seen.flows(), seen.counters["received"]) == ([], 0)


@FAMILY
@pytest.mark.parametrize("lost", [1, 15, 16, 30])
def test_a_file_that_ends_within_a_packet_gives_those_before(
    tmp_path: Path, family: int, lost: int
) -> None:
    path = write(tmp_path / "capture.pcap", some(family))
    path.write_bytes(path.read_bytes()[:-lost])
    seen = Seen(source(path))
    assert len(seen.flows()) == 4
    assert (seen.counters["parsed"], seen.counters["refused"]) == (4, 1)


@FAMILY
def test_what_follows_a_broken_file_is_read(tmp_path: Path, family: int) -> None:
    broken = write(tmp_path / "broken.pcap", some(family))
    broken.write_bytes(broken.read_bytes()[:-3])
    good = write(tmp_path / "good.pcap", [udp(family, 2, ports=(60_000, 9_999))])
    assert len(Seen(source(broken, good)).flows()) == 5


@FAMILY
@pytest.mark.parametrize("kept", [0, 1, 13, 14, 18, 34, 38, 41, 53, 54, 60])
def test_a_packet_cut_short_by_the_capture_does_no_harm(
    tmp_path: Path, family: int, kept: int
) -> None:
    _, whole = udp(family, 0)
    cut = struct.pack("<IIII", START, 0, min(kept, len(whole)), len(whole)) + whole[:kept]
    path = write(tmp_path / "capture.pcap", [])
    path.write_bytes(path.read_bytes() + cut)
    seen = Seen(source(path))
    assert seen.counters["received"] == 1
    assert seen.counters["parsed"] + seen.counters["refused"] == 1
    assert len(seen.flows()) == seen.counters["parsed"]


@FAMILY
def test_a_filter_chooses_packets(tmp_path: Path, family: int) -> None:
    path = write(tmp_path / "capture.pcap", some(family))
    seen = Seen(source(path, bpf="udp src port 50003"))
    assert seen.flow()["client_port"] == 50_003
    assert seen.counters["received"] == 1


# time


@FAMILY
def test_times_are_moved_so_that_the_last_packet_is_now(tmp_path: Path, family: int) -> None:
    path = write(tmp_path / "capture.pcap", some(family))
    seen = Seen(source(path, keep_time=False, clock=lambda: NOW))
    assert seen.flows()[-1]["last_seen"] == moment(NOW)
    assert seen.flows()[0]["last_seen"] == moment(NOW) - timedelta(seconds=0.4)


@FAMILY
@pytest.mark.parametrize(
    ("later", "apart"), [(10.0, 10.0), (3_600.0, 3_600.0), (3_601.0, 0.0), (-500.0, 0.0)]
)
def test_files_follow_one_another(tmp_path: Path, family: int, later: float, apart: float) -> None:
    first = write(tmp_path / "1.pcap", [udp(family, 1_000, ports=(50_000, 8_888))])
    second = write(tmp_path / "2.pcap", [udp(family, 1_000 + later, ports=(50_001, 8_888))])
    rows = Seen(source(first, second, keep_time=False, clock=lambda: NOW)).flows()
    times = [row["first_seen"] for row in sorted(rows, key=lambda row: row["client_port"])]
    assert times == [moment(NOW - apart), moment(NOW)]


@FAMILY
def test_a_paced_replay_ends_when_its_last_packet_is_read(tmp_path: Path, family: int) -> None:
    path = write(tmp_path / "capture.pcap", some(family))
    ticks = iter(range(100_000))
    seen = Seen(source(path, keep_time=False, speed=0.4, clock=lambda: NOW + 0.2 * next(ticks)))
    assert seen.flows()[-1]["last_seen"] == moment(NOW + 1)


@pytest.mark.parametrize("speed", [0, -1])
def test_a_speed_must_be_positive(tmp_path: Path, speed: float) -> None:
    path = write(tmp_path / "capture.pcap", some(4))
    with pytest.raises(ValueError, match="speed must be above 0"):
        source(path, speed=speed)


# ends


@FAMILY
def test_a_loop_begins_anew_until_it_is_stopped(tmp_path: Path, family: int) -> None:
    path = write(tmp_path / "capture.pcap", some(family))
    endless = source(path, loop=True)
    rounds = 0
    for emission in endless.emissions():
        if emission and emission.frame == "interface":
            rounds += 1
        if rounds == 3:
            endless.stop()
    assert endless.counters["received"] == 15


@FAMILY
def test_a_stopped_source_gives_the_flows_it_has(tmp_path: Path, family: int) -> None:
    packets = [udp(family, at, ports=(50_000, 8_888)) for at in range(40)]
    stopped = source(write(tmp_path / "capture.pcap", packets))
    ended = []
    for emission in stopped.emissions():
        stopped.stop()
        if emission and emission.frame == "flow":
            ended += emission.table.filter(emission.table["event"] == "end").to_dicts()
    assert 0 < ended[0]["packets_to_server"] < 40


@FAMILY
def test_a_start_row_is_told_while_the_server_wants_it(tmp_path: Path, family: int) -> None:
    wanted: set[str] = set()
    changing = source(write(tmp_path / "capture.pcap", some(family)), wanted=wanted)
    wanted.add("start")
    assert len(Seen(changing).flows("start")) == 5


def test_a_frame_with_an_unknown_ethertype_is_refused(tmp_path: Path) -> None:
    packets = [*some(4), (1.0, framed(ip(4))[:12] + b"\x88\xb5" + bytes(46)), *some(6)]
    packets = [(n / 10, data) for n, (_, data) in enumerate(packets)]
    seen = metered(tmp_path, packets)
    assert (seen.counters["parsed"], seen.counters["refused"]) == (10, 1)
