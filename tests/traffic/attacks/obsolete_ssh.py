"""An SSH client of 2009 and its ciphers. ATT&CK T1021.004."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"ndpi_ssh_obsolete_client"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one session."""
    scene = stage()
    access.old_ssh(scene, 1.0, insider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
