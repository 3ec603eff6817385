"""The filter of the two ports, by an interpreter and on the loopback."""

from __future__ import annotations

import socket
import time

import pytest

from capture_agent.industrial import beside
from capture_agent.industrial.following import parse
from capture_agent.industrial.messages import READERS
from capture_agent.l2.live import ports_program
from capture_agent.l2.parse import Frame
from tests.capture_agent.l2.test_live import run
from tests.traffic.packets import Tcp, endpoint, udp_exchange, web_page

PROGRAM = ports_program(socket.IPPROTO_TCP, tuple(READERS))
FAMILIES = pytest.mark.parametrize("family", [4, 6])


@FAMILIES
@pytest.mark.parametrize("vlan", [0, 7])
@pytest.mark.parametrize("port", [502, 2404, 503, 80])
def test_the_filter_takes_what_the_follower_reads(family: int, vlan: int, port: int) -> None:
    ends = endpoint(21, family, vlan=vlan), endpoint(80, family, vlan=vlan)
    packets = Tcp(*ends, (40_000, port), 0.0).open().send(0, b"x").close().packets
    for packet in packets:
        is_taken = bool(run(PROGRAM, packet.frame))
        assert is_taken is (port in READERS)
        assert is_taken is (parse(Frame(0, packet.frame)) is not None)


@FAMILIES
def test_other_protocols_and_ports_are_left(family: int) -> None:
    ends = endpoint(21, family), endpoint(80, family)
    datagrams = udp_exchange(*ends, [(0, b"x")], ports=(40_000, 502), start=0.0)
    for packet in [*datagrams, *web_page(*ends, start=0.0)]:
        assert not run(PROGRAM, packet.frame)


def test_a_card_yields_what_is_said_on_it() -> None:
    try:
        side = beside.LiveSide("lo")
    except PermissionError:
        pytest.skip("needs CAP_NET_RAW")
    address = ("127.0.0.1", 2404)
    with socket.create_server(address), socket.create_connection(address) as client:
        client.sendall(bytes.fromhex("680e0000000064010600010000000014"))
        time.sleep(0.2)
        rows = side.rest()
    side.close()
    told = rows.filter(code=100).select("protocol", "unit", "server_port").unique().rows()
    assert told == [("iec104", 1, 2404)]
