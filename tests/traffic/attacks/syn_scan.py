"""One port of many machines that are not there. ATT&CK T1018."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import scans
from tests.traffic.attacks.stage import insider, nowhere, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "connection_failed",
        "host_black_hole_contacts",
        "ndpi_unidirectional_traffic",
        "scan_detection",
        "slow_scan",
        "syn_scan",
        "tcp_no_data_exchanged",
    }
)
#: Under the threshold of 32 incomplete flows a minute.
BELOW = {"count": 20}
EXPECTED_BELOW = EXPECTED - {"scan_detection", "slow_scan", "syn_scan", "host_black_hole_contacts"}


def packets(*, family: int = 4, count: int = 400, rate: float = 100.0) -> list[Packet]:
    """Return SYNs to ``count`` addresses, none of which answers."""
    scene = stage()
    targets = [nowhere(number, family) for number in range(count)]
    scans.machines(scene, 1.0, insider(family), targets, rate=rate)
    return scene.packets


if __name__ == "__main__":
    run(packets)
