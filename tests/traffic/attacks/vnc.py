"""A remote screen (VNC) from outside. ATT&CK T1133."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"low_goodput", "ndpi_desktop_or_file_sharing_session", "remote_access"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one session."""
    scene = stage()
    access.screen(scene, 1.0, outsider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
