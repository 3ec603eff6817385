"""Machines of a network that nobody knows share the wire. ATT&CK T1665."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.packets import Endpoint, arp
from tests.traffic.packets import START
from tests.traffic.script import run

EXPECTED = frozenset({"ghost_networks"})
FAMILIES = (4,)


def packets(*, family: int = 4, count: int = 10) -> list[Packet]:
    """Return requests of machines of 203.0.113.0/24."""
    return [
        Packet(
            START + number,
            arp(
                Endpoint(f"02:00:00:00:03:{number:02x}", f"203.0.113.{number + 1}"), "203.0.113.99"
            ),
        )
        for number in range(count)
    ]


if __name__ == "__main__":
    run(packets)
