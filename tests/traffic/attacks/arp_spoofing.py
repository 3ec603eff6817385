"""A machine answers ARP for the gateway's address with its own MAC. ATT&CK T1557.002."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.packets import arp
from tests.traffic.packets import START, endpoint
from tests.traffic.script import run

EXPECTED = frozenset({"arp_spoofing", "ip_reassignment"})
#: Fewer answers than five that nobody asked for.
BELOW = {"count": 4}
EXPECTED_BELOW = frozenset({"ip_reassignment"})
FAMILIES = (4,)


def packets(*, family: int = 4, count: int = 30) -> list[Packet]:
    """Return the gateway's true answer, and then ``count`` false ones, a second apart."""
    victim, gateway, spoofer = (endpoint(number, family) for number in (21, 1, 66))
    asked = Packet(START, arp(victim, gateway.address))
    answered = Packet(START + 0.001, arp(gateway, victim.address, reply_to=victim))
    false = arp(spoofer, victim.address, reply_to=victim, claim=gateway.address)
    return [asked, answered, *(Packet(START + 1 + n, false) for n in range(count))]


if __name__ == "__main__":
    run(packets)
