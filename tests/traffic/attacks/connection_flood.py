"""More connections in a second than a host should open, all complete. ATT&CK T1499."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import floods
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"flow_flood", "syn_flood"})
#: Parameters under the thresholds of 256 SYN/s and 256 flows/s, which raise nothing.
BELOW = {"rate": 200}


def packets(*, family: int = 4, rate: int = 312, seconds: float = 6.0) -> list[Packet]:
    """Return pages fetched over HTTP, a connection each."""
    scene = stage()
    floods.connections(scene, 1.0, insider(family), server(family), rate=rate, seconds=seconds)
    return scene.packets


if __name__ == "__main__":
    run(packets)
