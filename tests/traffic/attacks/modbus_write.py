"""A controller is explored and written to over Modbus. ATT&CK T0836, T0888."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import access
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "low_goodput",
        "modbus_too_many_exceptions",
        "modbus_unexpected_function_code",
    }
)


def packets(*, family: int = 4) -> list[Packet]:
    """Return one connection."""
    scene = stage()
    access.reprogram(scene, 1.0, insider(family), server(family))
    return scene.packets


if __name__ == "__main__":
    run(packets)
