"""The kernel's filter lets ARP and DHCP through, and the socket receives them."""

import socket
import time

import pytest

from capture_agent.l2.live import L2Socket, program
from capture_agent.l2.parse import Frame, parse

from .packets import OTHERS, WANTED

ALL = [data for _, data, _ in WANTED] + [data for _, data in OTHERS]


def run(code: list[tuple[int, int, int, int]], data: bytes) -> int:
    """Interpret a classic BPF program as the kernel does; a load beyond the frame drops it."""
    a = x = at = 0
    while True:
        opcode, yes, no, k = code[at]
        at += 1
        if opcode == 0x06:
            return k
        if opcode in (0x15, 0x45):
            at += yes if (a == k if opcode == 0x15 else a & k) else no
            continue
        start, size = (k + x if opcode == 0x48 else k), 2 if opcode in (0x28, 0x48) else 1
        if start + size > len(data):
            return 0
        value = int.from_bytes(data[start : start + size])
        if opcode == 0xB1:
            x = (value & 15) * 4
        else:
            a = value


@pytest.mark.parametrize("data", ALL)
def test_the_filter_takes_what_the_parser_reads(data: bytes) -> None:
    assert bool(run(program(), data)) == (parse(Frame(0, data)) is not None)


@pytest.mark.parametrize("data", [ALL[0], ALL[8]])
def test_the_filter_drops_what_is_cut_off(data: bytes) -> None:
    assert all(run(program(), data[:length]) == 0 for length in range(14))


@pytest.fixture
def loopback():  # type: ignore[no-untyped-def]
    try:
        handle = L2Socket("lo")
    except PermissionError:
        pytest.skip("needs CAP_NET_RAW")
    yield handle
    handle.close()


def test_it_receives_frames_and_leaves_others(loopback: L2Socket) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("lo", 0))
        for data in ALL:
            sender.send(data)
    found: set[bytes] = set()
    deadline = time.monotonic() + 5
    wanted = {data for data in ALL[: len(WANTED)] if data[12:14] not in (b"\x81\0", b"\x88\xa8")}
    while not wanted <= found and time.monotonic() < deadline:
        found |= {frame.data for frame in loopback.frames()}
    assert wanted <= found
    assert not found & {data for _, data in OTHERS}


def test_a_tag_arrives_as_the_frames_vlan(loopback: L2Socket) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("lo", 0))
        sender.send(next(data for name, data, _ in WANTED if name == "ARP in a VLAN"))
    deadline, vlans = time.monotonic() + 5, set()
    while 42 not in vlans and time.monotonic() < deadline:
        rows = [parse(frame) for frame in loopback.frames()]
        vlans |= {row["vlan"] for row in rows if row}
    assert 42 in vlans


def test_a_card_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match=r"No such device|not permitted"):
        L2Socket("nocard0")
