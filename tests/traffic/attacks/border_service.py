"""A share inside is opened from outside: SMB across the border. ATT&CK T1133, T1021.002."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.payloads import smb
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "internal_service_across_border",
        "low_goodput",
    }
)


def packets(*, family: int = 4) -> list[Packet]:
    """Return one session of files."""
    scene = stage()
    scene.talk(outsider(family), server(family), 445, 1.0, smb.session())
    return scene.packets


if __name__ == "__main__":
    run(packets)
