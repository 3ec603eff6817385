"""A machine asks by ARP who is there. ATT&CK T1018."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.packets import arp
from tests.traffic.packets import START, endpoint
from tests.traffic.script import run

EXPECTED = frozenset({"arp_scan"})
FAMILIES = (4,)
#: 64 addresses within a minute are no scan.
BELOW = {"count": 64}


def packets(*, family: int = 4, count: int = 200, rate: float = 20.0) -> list[Packet]:
    """Return requests for one address after the other."""
    scanner = endpoint(66, family)
    return [
        Packet(START + number / rate, arp(scanner, f"10.9.1.{number + 1}"))
        for number in range(count)
    ]


if __name__ == "__main__":
    run(packets)
