"""Data carried out in pings. ATT&CK T1048."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import trouble
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"data_exfiltration"})
#: nDPI looks at the entropy of ICMP, not of ICMPv6.
EXPECTED_4 = frozenset({"ndpi_suspicious_entropy"})


def packets(*, family: int = 4, count: int = 150) -> list[Packet]:
    """Return large pings and their answers."""
    scene = stage()
    trouble.leak(scene, 1.0, insider(family), site(family), count=count)
    return scene.packets


if __name__ == "__main__":
    run(packets)
