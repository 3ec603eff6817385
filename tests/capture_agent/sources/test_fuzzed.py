"""Packets that were damaged at random: counted, never a crash, and the books balance."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from scapy.contrib.gtp import GTP_U_Header
from scapy.layers.inet import ICMP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import Dot1Q

from capture_agent.demonstration.payloads import dns, http, tls
from capture_agent.engine_capture import CaptureError
from capture_agent.sources.ndpi import PcapSource
from tests.capture_agent.traffic import (
    FAMILIES,
    Seen,
    Timed,
    framed,
    handshake,
    ip,
    metered,
    tcp,
    udp,
    write,
)

COUNT = 1_500


def seeds(family: int) -> list[bytes]:
    """Return whole packets that lead to every corner of the dissectors and of the meter."""
    hello = tls.Hello("www.example.org")
    inner = ip(4) / UDP(sport=1, dport=2) / b"inner"
    packets = [
        *handshake(family),
        tcp(family, 0, "PA", 101, http.request("www.example.org"), ports=(40_000, 80)),
        tcp(family, 0, "PA", 101, hello.record(), ports=(40_000, 443)),
        tcp(family, 0, "PA", 501, tls.flight12(hello, (b"\x30\x82\1\0" + bytes(256),))[:1_300],
            back=True, ports=(40_000, 443)),
        tcp(family, 0, "PA", 101, b"SSH-2.0-OpenSSH_9.2\r\n", ports=(40_000, 22)),
        udp(family, 0, dns.query(1, "www.example.org"), ports=(40_000, 53)),
        udp(family, 0, dns.answer(1, "www.example.org", 1, ["192.0.2.1"]), ports=(40_000, 53),
            back=True),
    ]  # fmt: skip
    odd = [
        Dot1Q(vlan=5) / ip(family) / TCP(sport=1, dport=2),
        ip(4) / UDP(sport=2_152, dport=2_152) / GTP_U_Header(teid=1) / inner,
        ip(4) / ICMP(type=3, code=1) / bytes(inner),
        ip(6) / ICMPv6EchoRequest(),
        ip(6) / IPv6ExtHdrHopByHop() / IPv6ExtHdrFragment(m=1, id=3) / UDP() / (b"x" * 40),
    ]
    return [data for _, data in packets] + [framed(packet) for packet in odd]


def damaged(chance: random.Random, packet: bytes) -> bytes:
    """Return the packet with bytes changed, cut off, doubled or added."""
    data = bytearray(packet)
    for _ in range(chance.choice((0, 1, 1, 2, 4, 16))):
        data[chance.randrange(12, len(data))] = chance.choice((0, 1, 255, chance.randrange(256)))
    match chance.randrange(5):
        case 0:
            del data[chance.randrange(1, len(data)) :]
        case 1:
            data += chance.randbytes(chance.randrange(1, 100))
        case 2:
            at = chance.randrange(14, len(data))
            data[at:at] = data[at : at + chance.randrange(1, 64)]
    return bytes(data)


def fuzzed(family: int, seed: int) -> list[Timed]:
    chance = random.Random(seed)
    whole = seeds(family)
    return [(n / 100, damaged(chance, chance.choice(whole))) for n in range(COUNT)]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(4))
def test_damaged_packets_are_flows_or_refused(tmp_path: Path, family: int, seed: int) -> None:
    seen = metered(tmp_path, fuzzed(family, seed), capacity=200)
    counters = seen.counters
    assert counters["received"] == counters["parsed"] + counters["refused"] == COUNT
    assert counters["refused"] > 0
    rows = seen.table("flow")
    told = rows["packets_to_server_delta"].sum() + rows["packets_to_client_delta"].sum()
    assert told == counters["parsed"]
    assert rows.filter(pl.col("event") == "end")["flow_id"].n_unique() == rows["flow_id"].n_unique()
    hosts = seen.table("host")
    assert hosts["packets_sent"].sum() == hosts["packets_received"].sum() == counters["parsed"]
    assert seen.table("interface")["packets"].sum() == counters["parsed"]


@pytest.mark.parametrize("seed", range(4))
def test_pure_noise_is_survived(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    packets = [(n / 100, chance.randbytes(chance.randrange(0, 200))) for n in range(COUNT)]
    seen = metered(tmp_path, packets)
    assert seen.counters["received"] == COUNT


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_read_to_its_damage(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = write(tmp_path / "capture.pcap", [udp(4, n / 10) for n in range(50)])
    whole = path.read_bytes()
    for _ in range(10):
        data = bytearray(whole)
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data))
        try:
            seen = Seen(PcapSource([path], interface="x", keep_time=True))
        except CaptureError as error:
            assert "capture.pcap: " in str(error)
        else:
            assert seen.counters["received"] <= 50
