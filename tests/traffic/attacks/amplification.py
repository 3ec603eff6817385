"""A local NTP server answers much more than it is asked. ATT&CK T1498.002."""

from __future__ import annotations

from capture_agent.demonstration.conversation import CLIENT, SERVER, Packet
from tests.traffic.attacks.stage import outsider, server, stage
from tests.traffic.script import run

EXPECTED = frozenset({"reflection_amplification", "unexpected_ntp"})
#: Under 10,000 bytes of answers.
BELOW = {"answers": 20}
EXPECTED_BELOW = frozenset({"unexpected_ntp"})

_MONLIST = bytes.fromhex("1700032a00000000")  # NTP mode 7, MON_GETLIST_1: CVE-2013-5211
_LIST = bytes.fromhex("d700032a00060048") + bytes(432)


def packets(*, family: int = 4, answers: int = 100) -> list[Packet]:
    """Return one question and a hundred answers."""
    scene = stage()
    lines = [(CLIENT, _MONLIST), *[(SERVER, _LIST)] * answers]
    scene.udp(outsider(family), server(family), (0, 123), 1.0, lines)
    return scene.packets


if __name__ == "__main__":
    run(packets)
