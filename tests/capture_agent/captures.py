"""Small capture files of the tests: TCP and UDP conversations over IPv4 and IPv6, ARP and DHCP."""

import struct
from pathlib import Path

from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from .l2.packets import LAPTOP, ROUTER, WANTED

START = 1_700_000_000.0
ENDS = {4: ("10.0.0.5", "198.51.100.7"), 6: ("fd00::5", "2001:db8::7")}


def _ip(version: int, back: bool = False) -> Packet:
    client, server = ENDS[version]
    source, target = (server, client) if back else (client, server)
    ethernet = Ether(src=ROUTER if back else LAPTOP, dst=LAPTOP if back else ROUTER)
    return ethernet / (IP if version == 4 else IPv6)(src=source, dst=target)


def tcp_conversation(version: int, port: int, sport: int = 40_000) -> list[bytes]:
    """Return a handshake, a request, an answer and an orderly end."""
    there, back = {"sport": sport, "dport": port}, {"sport": port, "dport": sport}
    request, answer = b"hello there\r\n" * 4, b"general\r\n" * 20
    return [
        bytes(_ip(version) / TCP(flags="S", seq=1, **there)),
        bytes(_ip(version, True) / TCP(flags="SA", seq=1, ack=2, **back)),
        bytes(_ip(version) / TCP(flags="A", seq=2, ack=2, **there)),
        bytes(_ip(version) / TCP(flags="PA", seq=2, ack=2, **there) / Raw(request)),
        bytes(_ip(version, True) / TCP(flags="PA", seq=2, ack=54, **back) / Raw(answer)),
        bytes(_ip(version) / TCP(flags="FA", seq=54, ack=182, **there)),
        bytes(_ip(version, True) / TCP(flags="FA", seq=182, ack=55, **back)),
        bytes(_ip(version) / TCP(flags="A", seq=55, ack=183, **there)),
    ]


def dns_question(version: int, name: str, sport: int = 50_000) -> bytes:
    return bytes(_ip(version) / UDP(sport=sport, dport=53) / DNS(rd=1, qd=DNSQR(qname=name)))


def all_frames() -> list[bytes]:
    """Return ARP, DHCP and six flows (two of them DHCP's own are not counted)."""
    frames = [data for _, data, _ in WANTED]
    for version in (4, 6):
        frames += tcp_conversation(version, 8_000 + version)
        frames.append(dns_question(version, "www.example.org"))
    return frames


def write(path: Path, frames: list[bytes], *, gap: float = 0.01, start: float = START) -> Path:
    """Write frames ``gap`` seconds apart as a pcap file."""
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, frame in enumerate(frames):
        microseconds = round((start + number * gap) * 1e6)
        data += struct.pack("<IIII", *divmod(microseconds, 10**6), len(frame), len(frame)) + frame
    path.write_bytes(data)
    return path
