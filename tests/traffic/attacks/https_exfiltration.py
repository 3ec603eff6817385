"""More than a gigabyte copied to the outside over TLS. ATT&CK T1048."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import trouble
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset({"elephant_flows", "large_upload"})
#: Its packets are captured without their payload, which nDPI's engine refuses in IPv6.
FAMILIES = (4,)
#: Parameters under the threshold of 1 GB.
BELOW = {"size": 1_000_000_000}
EXPECTED_BELOW = frozenset({"large_upload"})


def packets(*, family: int = 4, size: int = 1_150_000_000, seconds: float = 60.0) -> list[Packet]:
    """Return one long upload; IPv4 only, whose segments a capture may cut off."""
    scene = stage()
    trouble.copy(scene, 1.0, insider(family), site(family), size=size, seconds=seconds)
    return scene.packets


if __name__ == "__main__":
    run(packets)
