"""Names as a generation algorithm makes them. ATT&CK T1568.002."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import names
from tests.traffic.attacks.stage import insider, resolver, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "generated_domain_lookups",
        "ndpi_error_code_detected",
        "ndpi_risky_domain",
        "ndpi_suspicious_dga_domain",
    }
)


def packets(*, family: int = 4, count: int = 12) -> list[Packet]:
    """Return lookups, of which the last is answered."""
    scene = stage()
    names.generate(scene, 1.0, insider(family), resolver(family), count=count)
    return scene.packets


if __name__ == "__main__":
    run(packets)
