"""Requests for leases without end, each of another machine; IPv4 only. ATT&CK T1498."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import names
from tests.traffic.attacks.stage import insider, stage
from tests.traffic.script import run

EXPECTED = frozenset({"dhcp_storm"})
#: 120 a minute are no storm.
BELOW = {"rate": 24}
FAMILIES = (4,)


def packets(*, family: int = 4, rate: int = 40, seconds: int = 5) -> list[Packet]:
    """Return DISCOVER messages of invented machines."""
    scene = stage()
    names.storm(scene, 1.0, insider(family), rate=rate, seconds=seconds)
    return scene.packets


if __name__ == "__main__":
    run(packets)
