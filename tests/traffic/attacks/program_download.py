"""A Windows program comes over HTTP. ATT&CK T1204."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import web
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"binary_application_transfer"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one download."""
    scene = stage()
    web.download_program(scene, 1.0, insider(family), site(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
