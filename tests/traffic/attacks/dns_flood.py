"""More DNS messages in a second than a host should send. ATT&CK T1498.002."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import floods
from tests.traffic.attacks.stage import insider, resolver, stage
from tests.traffic.script import run

EXPECTED = frozenset({"dns_flood"})
#: Parameters under the threshold of 750 messages/s, which raise nothing.
BELOW = {"rate": 600}


def packets(*, family: int = 4, rate: int = 900, seconds: float = 6.0) -> list[Packet]:
    """Return questions to the company's resolver, each answered, from a hundred ports."""
    scene = stage()
    floods.questions(scene, 1.0, insider(family), resolver(family), rate=rate, seconds=seconds)
    return scene.packets


if __name__ == "__main__":
    run(packets)
