"""Hours after learning, a workstation opens a remote desktop on another. ATT&CK T1021.001."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from capture_agent.demonstration.payloads import smb
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "lateral_movement",
        "low_goodput",
        "ndpi_desktop_or_file_sharing_session",
        "ndpi_tls_missing_sni",
        "ndpi_tls_not_carrying_https",
        "server_ports_contacts",
    }
)
#: Within the two hours of learning it is learned.
BELOW = {"after": 7_000.0}
EXPECTED_BELOW = EXPECTED - {"lateral_movement", "server_ports_contacts"}


def packets(*, family: int = 4, after: float = 7_300.0) -> list[Packet]:
    """Return a session of the file server, and ``after`` seconds later one of RDP."""
    scene = stage()
    for at in (1.0, after - 60.0):
        scene.talk(insider(family), server(family), 445, at, smb.session())
    access.desktop(scene, after, server(family), insider(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
