"""More pings in a second than a host should send. ATT&CK T1498.001."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import floods
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"icmp_flood"})
#: Parameters under the threshold of 250 packets/s.
BELOW = {"rate": 200}


def packets(*, family: int = 4, rate: int = 300, seconds: float = 6.0) -> list[Packet]:
    """Return pings from outside, each answered."""
    scene = stage()
    floods.pings(scene, 1.0, outsider(family), server(family), rate=rate, seconds=seconds)
    return scene.packets


if __name__ == "__main__":
    run(packets)
