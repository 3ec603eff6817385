"""A login over FTP. ATT&CK T1003."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"low_goodput", "ndpi_clear_text_credentials", "ndpi_unsafe_protocol"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one session."""
    scene = stage()
    access.ftp(scene, 1.0, insider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
