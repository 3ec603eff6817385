"""Captures for the test in which a check is broken: two hosts that flood, and a quiet hour after.

Written with scapy, which knows nothing of the project's own packet builders.
"""

from __future__ import annotations

from pathlib import Path

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw
from scapy.utils import wrpcap

#: Who floods, by family: (layer, client, server).
FLOODERS = ((IP, "192.168.60.7", "192.168.60.1"), (IPv6, "fd00:60::7", "fd00:60::1"))

#: Given, or scapy asks this machine's network for one.
_MAC = "02:00:00:00:60:01"


def write_flood(path: Path, start: float, flows: int) -> None:
    """Write ``flows`` new flows of each flooder within the second of ``start``, a UNIX time.

    A second of the clock, as a host's peaks have them: over the end of one, a flood would be two.
    """
    packets = [
        _packet(family, 20_000 + number, int(start) + number / (2 * flows))
        for number in range(flows)
        for family in FLOODERS
    ]
    wrpcap(str(path), packets)


def write_quiet(path: Path, start: float, seconds: int) -> None:
    """Write one flow of each flooder that sends a packet a second: nothing that breaks a rule."""
    packets = [_packet(f, 30_000, start + n) for n in range(seconds) for f in FLOODERS]
    wrpcap(str(path), packets)


def _packet(family: tuple[type[Packet], str, str], port: int, time: float) -> Packet:
    ip, client, server = family
    made = (
        Ether(src=_MAC, dst=_MAC)
        / ip(src=client, dst=server)
        / UDP(sport=port, dport=9_999)
        / Raw(b"ntopweb")
    )
    made.time = time
    return made
