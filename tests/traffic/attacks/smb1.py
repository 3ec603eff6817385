"""SMB 1 is still spoken. ATT&CK T1021.002."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "known_proto_on_non_std_port",
        "low_goodput",
        "ndpi_smb_insecure_version",
        "ndpi_unsafe_protocol",
    }
)


def packets(*, family: int = 4) -> list[Packet]:
    """Return the opening of a session."""
    scene = stage()
    access.old_smb(scene, 1.0, insider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
