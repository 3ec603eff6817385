"""Calls over RTP: loss, order, jitter and score of streams made here; and what is no call."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from capture_agent.meter.meter import Meter
from capture_agent.sources import ndpi
from tests.capture_agent.traffic import FAMILIES, Timed, metered, udp

FAMILY = pytest.mark.parametrize("family", FAMILIES)
PCMU, OPUS, VP8 = 0, 111, 96
ZOOM = (50_000, 8_801)

Wrap = Callable[[bytes], bytes]


def rtp(number: int, stamp: int, kind: int = PCMU, ssrc: int = 0xABCD, size: int = 40) -> bytes:
    """Return an RTP packet."""
    head = struct.pack(">BBHII", 0x80, kind, number & 0xFFFF, stamp & 0xFFFFFFFF, ssrc)
    return head + b"\xd5" * size


def stream(
    family: int,
    numbers: Iterable[int],
    *,
    step: float = 0.02,
    ticks: int = 160,
    late: Callable[[int], float] = lambda number: 0.0,
    wrap: Wrap = bytes,
    first: int = 0,
    back: bool = False,
    ports: tuple[int, int] = (40_000, 30_000),
    **fields: Any,
) -> list[Timed]:
    """Return packets in the order of their times; number n is sent at ``step`` · n."""
    return sorted(
        udp(family, 1 + step * n + late(n), wrap(rtp(first + n, ticks * n, **fields)), back=back,
            ports=ports)
        for n in numbers
    )  # fmt: skip


def quality(row: dict[str, Any]) -> dict[str, Any]:
    return {name[4:]: value for name, value in row.items() if name.startswith("rtp_")}


def from_zoom_server(kind: int) -> Wrap:
    """Return what puts Zoom's two headers before RTP."""
    media = {13: 27, 15: 19, 16: 24}[kind]
    return lambda packet: b"\x05" + bytes(7) + bytes([kind]) + bytes(media - 1) + packet


@FAMILY
def test_a_whole_call_has_no_loss_and_the_best_score(tmp_path: Path, family: int) -> None:
    there = stream(family, range(100))
    back = stream(family, range(100), back=True, kind=8, ssrc=7)
    row = metered(tmp_path, sorted(there + back)).flow()
    found = quality(row)
    assert found.pop("codec") in ("PCMU", "PCMA")
    assert found.pop("mos") == found.pop("mos_to_server") == found.pop("mos_to_client")
    assert row["rtp_mos"] == pytest.approx(4.40, abs=0.011)
    assert found == {
        "streams": 2, "loss": 0, "jitter_ms": 0, "packets_to_server": 100,
        "packets_to_client": 100, "lost_to_server": 0, "lost_to_client": 0,
        "reordered_to_server": 0, "reordered_to_client": 0, "jitter_to_server_ms": 0,
        "jitter_to_client_ms": 0,
    }  # fmt: skip


@FAMILY
@pytest.mark.parametrize("first", [1, 65_500])
def test_loss_is_what_is_missing_of_the_numbers(tmp_path: Path, family: int, first: int) -> None:
    """Every tenth is missing but the first and the last; numbers may wrap around."""
    came = [n for n in range(201) if n % 10 != 5]
    row = metered(tmp_path, stream(family, came, first=first)).flow()
    assert (row["rtp_packets_to_server"], row["rtp_lost_to_server"]) == (181, 20)
    assert row["rtp_loss"] == pytest.approx(100 * 20 / 201, abs=0.01)
    assert row["rtp_packets_to_client"] is row["rtp_mos_to_client"] is None
    assert row["rtp_mos"] == row["rtp_mos_to_server"] < 3.5


@FAMILY
def test_late_packets_are_not_lost_and_repeated_ones_count_once(
    tmp_path: Path, family: int
) -> None:
    numbers = list(range(100))
    delayed = stream(family, numbers, late=lambda n: 0.05 if n in (30, 60) else 0.0)
    again = stream(family, (40, 41), late=lambda n: 0.015)
    row = metered(tmp_path, sorted(delayed + again)).flow()
    assert (row["rtp_packets_to_server"], row["rtp_lost_to_server"]) == (100, 0)
    assert row["rtp_reordered_to_server"] == 2


@FAMILY
def test_jitter_is_that_of_rfc_3550(tmp_path: Path, family: int) -> None:
    """Every other packet is 5 ms late: each pair differs by 5 ms, and so does the mean, nearly."""
    row = metered(tmp_path, stream(family, range(600), late=lambda n: 0.005 * (n % 2))).flow()
    ramp = sum(5 * (1 - (15 / 16) ** n) for n in range(1, 600)) / 599
    assert row["rtp_jitter_ms"] == row["rtp_jitter_to_server_ms"] == pytest.approx(ramp, abs=0.01)


@FAMILY
@pytest.mark.parametrize(
    ("kind", "clock", "step"), [(OPUS, 48_000, 0.02), (9, 8_000, 0.02), (VP8, 90_000, 1 / 30),
                                (OPUS, 16_000, 0.02), (97, 24_000, 0.06)]
)  # fmt: skip
def test_an_unknown_clock_is_found(
    tmp_path: Path, family: int, kind: int, clock: int, step: float
) -> None:
    """With the right clock an even stream has next to no jitter."""
    packets = stream(family, range(200), step=step, ticks=round(clock * step), kind=kind)
    row = metered(tmp_path, packets).flow()
    assert row["rtp_jitter_ms"] == pytest.approx(0, abs=0.02)


@FAMILY
@pytest.mark.parametrize(("kind", "codec"), [(15, "Zoom audio"), (16, "Zoom video"),
                                             (13, "Zoom screen")])  # fmt: skip
def test_zoom_is_measured_behind_its_headers(
    tmp_path: Path, family: int, kind: int, codec: str
) -> None:
    came = [n for n in range(101) if n % 20 != 10]
    packets = stream(
        family, came, ticks=1_800, kind=98, wrap=from_zoom_server(kind), ports=ZOOM,
    )  # fmt: skip
    row = metered(tmp_path, packets).flow()
    assert (row["rtp_codec"], row["rtp_packets_to_server"], row["rtp_lost_to_server"]) == (
        codec, 96, 5,
    )  # fmt: skip


@FAMILY
def test_zoom_between_two_clients_has_the_media_header_alone(tmp_path: Path, family: int) -> None:
    def wrap(packet: bytes) -> bytes:
        return from_zoom_server(15)(packet)[8:]

    row = metered(tmp_path, stream(family, range(50), kind=112, wrap=wrap)).flow()
    assert (row["rtp_codec"], row["rtp_packets_to_server"]) == ("Zoom audio", 50)


@FAMILY
def test_turn_channels_are_looked_into(tmp_path: Path, family: int) -> None:
    def wrap(packet: bytes) -> bytes:
        return struct.pack(">HH", 0x4001, len(packet)) + packet

    row = metered(tmp_path, stream(family, range(50), kind=OPUS, wrap=wrap)).flow()
    assert (row["rtp_codec"], row["rtp_packets_to_server"]) == ("dynamic 111", 50)


def stun(number: int) -> bytes:
    return struct.pack(">HHI", 1, 0, 0x2112A442) + number.to_bytes(12, "big")


def dtls(number: int) -> bytes:
    return b"\x17\xfe\xfd" + number.to_bytes(8, "big") + b"\x00\x20" + bytes(32)


def rtcp(number: int) -> bytes:
    return struct.pack(">BBHI", 0x80, 200, 6, 0xABCD) + number.to_bytes(20, "big")


@FAMILY
def test_stun_dtls_and_rtcp_beside_a_call_change_nothing(tmp_path: Path, family: int) -> None:
    call = stream(family, [n for n in range(200) if n != 50], kind=OPUS, ticks=960)
    ports = (40_000, 30_000)
    beside = [
        udp(family, 0.9 + n / 10, make(n), ports=ports)
        for n in range(20)
        for make in (stun, dtls, rtcp)
    ]
    row = metered(tmp_path, sorted(call + beside)).flow()
    assert (row["rtp_packets_to_server"], row["rtp_lost_to_server"], row["rtp_streams"]) == (
        199, 1, 1,
    )  # fmt: skip


@FAMILY
def test_speech_and_pictures_of_one_flow_are_apart(tmp_path: Path, family: int) -> None:
    """The score is the speech's; loss is of all."""
    speech = stream(family, range(100), kind=OPUS, ticks=960, ssrc=1)
    pictures = stream(
        family, [n for n in range(400) if n % 4], step=0.005, ticks=450, kind=VP8, ssrc=2,
    )  # fmt: skip
    row = metered(tmp_path, sorted(speech + pictures)).flow()
    assert (row["rtp_streams"], row["rtp_codec"]) == (2, "dynamic 111")
    assert (row["rtp_packets_to_server"], row["rtp_lost_to_server"]) == (400, 99)
    assert row["rtp_mos"] == pytest.approx(4.40, abs=0.011)


@FAMILY
def test_a_sender_that_begins_anew_loses_nothing(tmp_path: Path, family: int) -> None:
    before = stream(family, range(50))
    after = stream(family, range(50, 100), first=20_000)
    row = metered(tmp_path, before + after).flow()
    assert (row["rtp_packets_to_server"], row["rtp_lost_to_server"]) == (100, 0)


@FAMILY
def test_a_key_pressed_between_does_not_change_the_jitter(tmp_path: Path, family: int) -> None:
    """Events (RFC 4733) keep the time stamp of their beginning."""
    packets = [
        udp(family, 1 + n * 0.02, rtp(n, 160 * (n if n < 50 or n > 60 else 50),
            kind=101 if 50 <= n <= 60 else PCMU))
        for n in range(100)
    ]  # fmt: skip
    row = metered(tmp_path, packets).flow()
    assert (row["rtp_jitter_ms"], row["rtp_lost_to_server"]) == (0, 0)


def dns(number: int) -> bytes:
    identity = 0x8000 | random.Random(number).getrandbits(14)
    return (
        struct.pack(">HHHHHH", identity, 0x0100, 1, 0, 0, 0)
        + b"\x03www\x07example\x03org\0\0\1\0\1"
    )


def noise(number: int) -> bytes:
    return random.Random(number).randbytes(200)


def versioned_noise(number: int) -> bytes:
    return b"\x80\x60" + random.Random(number).randbytes(100)


def counted(number: int) -> bytes:
    """A protocol of its own with a counter where RTP has one, but no time that moves."""
    return struct.pack(">HHII", 0x8001, number, 0, 0) + bytes(30)


@FAMILY
@pytest.mark.parametrize("make", [stun, dtls, rtcp, dns, noise, versioned_noise, counted])
def test_what_is_no_call_has_no_quality(
    tmp_path: Path, family: int, make: Callable[[int], bytes]
) -> None:
    packets = [udp(family, 1 + n / 50, make(n), back=n % 2 == 1) for n in range(300)]
    row = metered(tmp_path, packets).flow()
    assert set(quality(row).values()) == {None}


@FAMILY
def test_short_of_five_in_a_row_is_not_believed(tmp_path: Path, family: int) -> None:
    few = metered(tmp_path, stream(family, range(5))).flow()
    enough = metered(tmp_path, stream(family, range(6))).flow()
    assert (few["rtp_streams"], enough["rtp_streams"]) == (None, 1)
    assert enough["rtp_packets_to_server"] == 6


@FAMILY
def test_more_streams_than_are_followed_are_bounded(tmp_path: Path, family: int) -> None:
    packets = sorted(
        packet for ssrc in range(1, 13) for packet in stream(family, range(30), ssrc=ssrc)
    )
    assert metered(tmp_path, packets).flow()["rtp_streams"] == 8


@FAMILY
def test_an_update_tells_the_call_so_far(tmp_path: Path, family: int) -> None:
    seen = metered(tmp_path, stream(family, range(4_000)))
    (update,) = seen.flows("update")
    assert 2_900 < update["rtp_packets_to_server"] < 3_100
    assert seen.flow()["rtp_packets_to_server"] == 4_000


def test_streams_are_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls one after the other take one place in the pool."""
    meters: list[Meter] = []

    class Observed(Meter):
        def finish(self) -> int:
            meters.append(self)
            return super().finish()

    monkeypatch.setattr(ndpi, "Meter", Observed)
    calls = [(at + n * 10, frame) for n in range(20) for at, frame in stream(4, range(8))]
    seen = metered(tmp_path, calls, idle_timeout=5.0)
    assert [row["rtp_streams"] for row in seen.flows()] == [1] * 20
    assert (meters[0]["stream_unused"], meters[0]["stream_count"]) == (1, 0)
