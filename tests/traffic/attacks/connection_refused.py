"""A closed door, knocked at."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import trouble
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "ndpi_probing_attempt",
        "ndpi_tcp_issues",
        "tcp_connection_refused",
        "tcp_flow_reset",
        "tcp_no_data_exchanged",
    }
)


def packets(*, family: int = 4, times: int = 5) -> list[Packet]:
    """Return ``times`` attempts."""
    scene = stage()
    trouble.knock(scene, 1.0, insider(family), server(family), times=times)
    return scene.packets


if __name__ == "__main__":
    run(packets)
