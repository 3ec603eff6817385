"""A station gets commands and a reset over IEC 104. ATT&CK T0855, T0816."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "iec_invalid_command_transition",
        "iec_unexpected_type_id",
        "low_goodput",
    }
)


def packets(*, family: int = 4) -> list[Packet]:
    """Return one connection."""
    scene = stage()
    access.command(scene, 1.0, insider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
