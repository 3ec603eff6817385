"""JavaScript in a URL. ATT&CK T1539."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import web
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"ndpi_url_possible_xss"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one request and its answer."""
    scene = stage()
    web.inject_script(scene, 1.0, outsider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
