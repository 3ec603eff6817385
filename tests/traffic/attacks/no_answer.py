"""A machine that is not there, called."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import trouble
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"connection_failed", "ndpi_unidirectional_traffic", "tcp_no_data_exchanged"})


def packets(*, family: int = 4, times: int = 4) -> list[Packet]:
    """Return SYNs, each repeated twice."""
    scene = stage()
    trouble.call_nobody(scene, 1.0, insider(family), site(family), times=times)
    return scene.packets


if __name__ == "__main__":
    run(packets)
