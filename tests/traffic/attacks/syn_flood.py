"""More SYN in a second than a host should send, and nobody completes. ATT&CK T1498.001."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import floods
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "connection_failed",
        "flow_flood",
        "ndpi_unidirectional_traffic",
        "scan_detection",
        "syn_flood",
        "syn_scan",
        "tcp_no_data_exchanged",
    }
)
#: Under the threshold of 256 SYN/s, though still what nobody answers.
BELOW = {"rate": 200}
EXPECTED_BELOW = EXPECTED - {"syn_flood", "flow_flood"}


def packets(
    *, family: int = 4, rate: int = 312, seconds: float = 6.0, answered: bool = False
) -> list[Packet]:
    """Return SYNs of ever new ports; the server answers none of them, or all if ``answered``."""
    scene = stage()
    client, victim = outsider(family), server(family)
    floods.syn(scene, 1.0, client, victim, rate=rate, seconds=seconds, answered=answered)
    return scene.packets


if __name__ == "__main__":
    run(packets)
