"""A DNS server that is not the company's. ATT&CK T1071.004."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import names
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"unexpected_dns"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one lookup."""
    scene = stage()
    names.foreign_dns(scene, 1.0, insider(family), site(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
