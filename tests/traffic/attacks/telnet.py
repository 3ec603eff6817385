"""A login over telnet from outside. ATT&CK T1021."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "ndpi_clear_text_credentials",
        "ndpi_unsafe_protocol",
        "remote_access",
        "remote_to_local_insecure_flow",
    }
)


def packets(*, family: int = 4) -> list[Packet]:
    """Return one session."""
    scene = stage()
    access.telnet(scene, 1.0, outsider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
