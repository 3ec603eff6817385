"""A small capture for the tests of ``up``."""

from __future__ import annotations

from pathlib import Path

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

_PAIRS = ((IP, "192.168.7.2", "192.168.7.1"), (IPv6, "fd00:7::2", "fd00:7::1"))


def write_questions(path: Path, count: int) -> None:
    """Write ``count`` DNS questions with their answers, IPv4 and IPv6 by turns, 10 ms apart."""
    packets = []
    for number in range(count):
        ip, client, server = _PAIRS[number % 2]
        name, port = f"host{number}.example.", 40_000 + number
        question = DNS(id=number, rd=1, qd=DNSQR(qname=name))
        record = DNSRR(rrname=name, rdata="192.0.2.1")
        answer = DNS(id=number, qr=1, ra=1, qd=DNSQR(qname=name), an=record)
        out = Ether() / ip(src=client, dst=server) / UDP(sport=port, dport=53) / question
        back = Ether() / ip(src=server, dst=client) / UDP(sport=53, dport=port) / answer
        out.time, back.time = 1e9 + number / 100, 1e9 + number / 100 + 0.002
        packets += [out, back]
    wrpcap(str(path), packets)
