"""One port every few seconds: under every threshold of a minute. ATT&CK T1046."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import scans
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "slow_scan",
        "ndpi_probing_attempt",
        "ndpi_tcp_issues",
        "tcp_connection_refused",
        "tcp_flow_reset",
        "tcp_no_data_exchanged",
    }
)
#: Sixty refusals within five minutes are no scan.
BELOW = {"count": 60}
EXPECTED_BELOW = EXPECTED - {"slow_scan"}


def packets(*, family: int = 4, count: int = 80, rate: float = 0.4) -> list[Packet]:
    """Return attempts that the machine refuses, 24 a minute."""
    scene = stage()
    numbers = range(8_000, 8_000 + count)
    scans.ports(scene, 1.0, insider(family), server(family), numbers=numbers, rate=rate)
    return scene.packets


if __name__ == "__main__":
    run(packets)
