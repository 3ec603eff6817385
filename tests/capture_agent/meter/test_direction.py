"""Who is the client, also when the beginning was missed."""

from __future__ import annotations

from pathlib import Path

import pytest
from scapy.layers.inet import ICMP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest
from scapy.packet import Raw

from tests.capture_agent.traffic import ENDS, FAMILIES, ends_of, framed, ip, metered, tcp, udp

FAMILY = pytest.mark.parametrize("family", FAMILIES)

#: flags of the first packet, ports (client's, server's), whether it comes from the server
FIRST_SEGMENTS = [
    ("S", (40_000, 443), False),
    ("S", (443, 40_000), False),  # a SYN says more than ports
    ("SA", (40_000, 443), True),
    ("SA", (443, 40_000), True),
    ("A", (40_000, 443), False),
    ("A", (40_000, 443), True),
    ("PA", (40_000, 3_306), True),  # a service above 1023
    ("PA", (40_000, 22), True),
    ("FA", (40_000, 80), True),
    ("RA", (40_000, 80), True),
    ("A", (50_000, 40_000), False),  # no service: the sender is the client
    ("A", (80, 443), False),  # two services: likewise
]


@FAMILY
@pytest.mark.parametrize(("flags", "ports", "from_server"), FIRST_SEGMENTS)
def test_the_first_segment_tells(
    tmp_path: Path, family: int, flags: str, ports: tuple[int, int], from_server: bool
) -> None:
    first = tcp(family, 0, flags, 100, back=from_server, ports=ports)
    second = tcp(family, 0.1, "A", 900, back=not from_server, ports=ports)
    row = metered(tmp_path, [first, second]).flow()
    assert ends_of(row) == ENDS[family]
    assert (row["client_port"], row["server_port"]) == ports
    assert (row["packets_to_server"], row["packets_to_client"]) == (1, 1)
    assert (row["client_mac"], row["server_mac"]) == (0x020000000005, 0x020000000007)


@FAMILY
@pytest.mark.parametrize(
    ("ports", "from_server"),
    [((40_000, 53), False), ((40_000, 53), True), ((50_000, 123), True), ((50_000, 40_000), False),
     ((53, 53), False)],
)  # fmt: skip
def test_the_first_datagram_tells(
    tmp_path: Path, family: int, ports: tuple[int, int], from_server: bool
) -> None:
    row = metered(tmp_path, [udp(family, 0, back=from_server, ports=ports)]).flow()
    assert ends_of(row) == ENDS[family]
    assert (row["client_port"], row["server_port"]) == ports


@FAMILY
@pytest.mark.parametrize("from_server", [False, True])
def test_who_answers_an_echo_is_the_server(tmp_path: Path, family: int, from_server: bool) -> None:
    if family == 4:
        message = ICMP(type="echo-reply" if from_server else "echo-request") / Raw(b"x" * 8)
    else:
        message = ICMPv6EchoReply() if from_server else ICMPv6EchoRequest()
    row = metered(tmp_path, [(0, framed(ip(family, from_server) / message, from_server))]).flow()
    assert ends_of(row) == ENDS[family]
    assert (row["packets_to_server"], row["packets_to_client"]) == (1 - from_server, from_server)


@FAMILY
def test_the_role_stays_for_the_flows_life(tmp_path: Path, family: int) -> None:
    first = tcp(family, 0, "A", 500, back=True, ports=(40_000, 443))
    syn = tcp(family, 1, "S", 100, ports=(40_000, 443), back=True)
    row = metered(tmp_path, [first, syn]).flow()
    assert (ends_of(row), row["packets_to_client"]) == (ENDS[family], 2)
