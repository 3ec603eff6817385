"""A download over a line that loses segments."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import trouble
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"tcp_packets_issues"})


def packets(*, family: int = 4, share: float = 0.4) -> list[Packet]:
    """Return one TLS session with ``share`` of its segments sent twice."""
    scene = stage()
    trouble.lose(scene, 1.0, insider(family), site(family), share=share)
    return scene.packets


if __name__ == "__main__":
    run(packets)
