"""SSH passwords tried from outside. ATT&CK T1110."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"brute_force", "remote_access"})
#: Fifteen short sessions are no brute force.
BELOW = {"attempts": 15}
EXPECTED_BELOW = frozenset({"remote_access"})


def packets(*, family: int = 4, attempts: int = 40, rate: float = 4.0) -> list[Packet]:
    """Return short SSH sessions, one for each password."""
    scene = stage()
    access.guess_passwords(
        scene, 1.0, outsider(family), server(family), attempts=attempts, rate=rate
    )
    return scene.packets


if __name__ == "__main__":
    run(packets)
