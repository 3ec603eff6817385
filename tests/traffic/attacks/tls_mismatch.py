"""A certificate of another name. ATT&CK T1070."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import certificates
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"tls_certificate_mismatch"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one session."""
    scene = stage()
    certificates.wrong_name(scene, 1.0, insider(family), site(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
