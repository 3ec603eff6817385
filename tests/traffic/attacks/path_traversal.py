"""A URL climbs out of the document root. ATT&CK T1190."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import web
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"ndpi_error_code_detected", "ndpi_possible_exploit"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one request and its answer."""
    scene = stage()
    web.climb(scene, 1.0, outsider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
