"""A receiver shuts its window again and again."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import trouble
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"zero_tcp_window"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one print job."""
    scene = stage()
    trouble.stall(scene, 1.0, insider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
