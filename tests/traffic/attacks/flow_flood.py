"""More new flows in a second than a host should open. ATT&CK T1498."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import floods
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"flow_flood"})
#: Parameters under the threshold of 256 flows/s.
BELOW = {"rate": 200}


def packets(*, family: int = 4, rate: int = 312, seconds: float = 6.0) -> list[Packet]:
    """Return datagrams, each of a new port and each answered."""
    scene = stage()
    floods.flows(scene, 1.0, insider(family), site(family), rate=rate, seconds=seconds)
    return scene.packets


if __name__ == "__main__":
    run(packets)
