"""A miner at its pool. ATT&CK T1496."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import trouble
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"low_goodput", "ndpi_unsafe_protocol", "web_mining"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one session."""
    scene = stage()
    trouble.mine(scene, 1.0, insider(family), site(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
