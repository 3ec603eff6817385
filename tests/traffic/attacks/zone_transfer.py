"""Somebody asks for a whole zone. ATT&CK T1590.002."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from tests.traffic.attacks.stage import insider, resolver, stage
from tests.traffic.script import run

EXPECTED = frozenset({"dns_zone_transfer", "ndpi_error_code_detected"})

_AXFR = 252  # RFC 5936


def packets(*, family: int = 4, zone: str = "corp.example.com") -> list[Packet]:
    """Return a request for a transfer over UDP, which is refused."""
    scene = stage()
    scene.lookup(insider(family), zone, 1.0, kind=_AXFR, server=resolver(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
