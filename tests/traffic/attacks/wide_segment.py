"""One broadcast domain from 10.1 to 10.9. ATT&CK T1016."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.packets import Endpoint, arp
from tests.traffic.packets import START
from tests.traffic.script import run

EXPECTED = frozenset({"broadcast_domain_too_large"})
FAMILIES = (4,)
#: A /16's addresses fit.
BELOW = {"last": "10.1.255.255"}


def packets(*, family: int = 4, first: str = "10.1.0.0", last: str = "10.9.0.5") -> list[Packet]:
    """Return a request of either end."""
    ends = [Endpoint(f"02:00:00:00:04:{n:02x}", a) for n, a in enumerate((first, last))]
    return [Packet(START + n, arp(end, "10.1.0.9")) for n, end in enumerate(ends)]


if __name__ == "__main__":
    run(packets)
