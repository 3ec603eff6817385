"""TLS 1.0 with RC4. ATT&CK T1573."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import certificates
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"ndpi_tls_old_protocol_version", "tls_unsafe_ciphers"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one session."""
    scene = stage()
    certificates.old_version(scene, 1.0, insider(family), site(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
