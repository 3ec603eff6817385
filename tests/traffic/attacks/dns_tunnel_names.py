"""Data carried out in many different names, a port each. ATT&CK T1071.004."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.payloads import hostile
from tests.traffic.attacks.stage import insider, resolver, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "dns_tunnel",
        "ndpi_dns_suspicious_traffic",
        "ndpi_risky_domain",
        "ndpi_suspicious_dga_domain",
        "ndpi_suspicious_entropy",
    }
)
#: Fewer than twenty names.
BELOW = {"count": 19}
EXPECTED_BELOW = EXPECTED - {"dns_tunnel"}


def packets(*, family: int = 4, count: int = 120, zone: str = "t.example.info") -> list[Packet]:
    """Return questions to the company's resolver, which asks the tunnel's other end."""
    scene = stage()
    for number, name in enumerate(hostile.tunnelled_names(scene.random, count, zone)):
        scene.lookup(
            insider(family), name, 1.0 + number * 0.5, ("192.0.2.9",), server=resolver(family)
        )
    return scene.packets


if __name__ == "__main__":
    run(packets)
