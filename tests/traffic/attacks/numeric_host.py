"""A program dials a bare address. ATT&CK T1071.001."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import web
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"low_goodput", "ndpi_http_suspicious_user_agent", "ndpi_numeric_ip_host"})
#: nDPI takes the brackets around an IPv6 address for an exploit.
FAMILIES = (4,)


def packets(*, family: int = 4) -> list[Packet]:
    """Return one request and its answer."""
    scene = stage()
    web.dial_address(scene, 1.0, insider(family), site(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
