"""Mail past the company's mail server. ATT&CK T1071.003."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import names
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"low_goodput", "unexpected_smtp"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one mail in the clear."""
    scene = stage()
    names.foreign_smtp(scene, 1.0, insider(family), site(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
