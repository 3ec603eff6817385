"""A second DHCP server answers a machine that renews its lease; IPv4 only. ATT&CK T1557.003."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import names
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"unexpected_dhcp"})
FAMILIES = (4,)


def packets(*, family: int = 4) -> list[Packet]:
    """Return a request for a lease and its acknowledgement."""
    scene = stage()
    names.foreign_dhcp(scene, 1.0, insider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
