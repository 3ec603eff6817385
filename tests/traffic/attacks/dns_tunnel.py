"""Data carried out in DNS names. ATT&CK T1048, T1071.004."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import names
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "dns_data_exfiltration",
        "ndpi_dns_suspicious_traffic",
        "ndpi_minor_issues",
        "ndpi_risky_domain",
        "ndpi_suspicious_dga_domain",
        "ndpi_suspicious_entropy",
        "unexpected_dns",
    }
)


def packets(*, family: int = 4, count: int = 120) -> list[Packet]:
    """Return questions and answers of one socket."""
    scene = stage()
    names.tunnel(scene, 1.0, insider(family), site(family), count=count)
    return scene.packets


if __name__ == "__main__":
    run(packets)
