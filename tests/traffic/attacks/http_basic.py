"""A login over HTTP Basic. ATT&CK T1003."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"ndpi_clear_text_credentials"})


def packets(*, family: int = 4) -> list[Packet]:
    """Return one request and its page."""
    scene = stage()
    access.basic(scene, 1.0, outsider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
