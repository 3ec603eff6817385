"""Segments with flags that no stack sends. ATT&CK T1046."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import scans
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"ndpi_tcp_issues", "ndpi_unidirectional_traffic", "tcp_no_data_exchanged"})


def packets(*, family: int = 4, flags: int = 0x29) -> list[Packet]:
    """Return FIN, PSH and URG together (0x29), or what ``flags`` says: 0 is a NULL scan."""
    scene = stage()
    scans.odd_flags(scene, 1.0, outsider(family), server(family), flags=flags)
    return scene.packets


if __name__ == "__main__":
    run(packets)
