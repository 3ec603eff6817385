"""One machine's ports, one after the other. ATT&CK T1046."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import scans
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "ndpi_probing_attempt",
        "ndpi_tcp_issues",
        "scan_detection",
        "slow_scan",
        "tcp_connection_refused",
        "tcp_flow_reset",
        "tcp_no_data_exchanged",
    }
)
#: Under the threshold of 32 incomplete flows a minute.
BELOW = {"count": 20}
EXPECTED_BELOW = EXPECTED - {"scan_detection", "slow_scan"}


def packets(
    *, family: int = 4, first: int = 20_000, count: int = 200, rate: float = 50.0
) -> list[Packet]:
    """Return attempts that the machine refuses."""
    scene = stage()
    numbers = range(first, first + count)
    scans.ports(scene, 1.0, insider(family), server(family), numbers=numbers, rate=rate)
    return scene.packets


if __name__ == "__main__":
    run(packets)
