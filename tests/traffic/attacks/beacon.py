"""A program reports to its master at even intervals. ATT&CK T1071."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import trouble
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"beaconing"})
#: Fewer than twelve times.
BELOW = {"times": 11}


def packets(*, family: int = 4, times: int = 30, every: float = 10.0) -> list[Packet]:
    """Return short TLS sessions."""
    scene = stage()
    trouble.beacon(scene, 1.0, insider(family), site(family), times=times, every=every)
    return scene.packets


if __name__ == "__main__":
    run(packets)
