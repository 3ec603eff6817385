"""More SNMP requests in a second than a host should send. ATT&CK T1498.001."""

from __future__ import annotations

from capture_agent.demonstration.conversation import CLIENT, Packet
from tests.traffic.attacks.stage import insider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"ndpi_unidirectional_traffic", "snmp_flood"})
#: Parameters under the threshold of 750 requests/s, which raise no flood.
BELOW = {"rate": 700}
EXPECTED_BELOW = EXPECTED - {"snmp_flood"}

#: GetRequest of sysDescr.0, SNMPv2c, community "public" (RFC 3416).
_GET = bytes.fromhex(
    "302902010104067075626c6963a01c02047b2f3a1d020100020100300e300c06082b060102010101000500"
)


def packets(*, family: int = 4, rate: int = 900, seconds: float = 3.0) -> list[Packet]:
    """Return requests from one port, unanswered but for the first."""
    scene = stage()
    lines = [(CLIENT, _GET)] * int(rate * seconds)
    scene.udp(insider(family), server(family), (0, 161), 1.0, lines, 1 / rate)
    return scene.packets


if __name__ == "__main__":
    run(packets)
