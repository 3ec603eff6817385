"""The host frame: how many peers and ports, in five seconds and in a minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture_agent.traffic import ENDS, FAMILIES, Timed, metered, peer, tcp, udp

from .test_hosts import client, server

FAMILY = pytest.mark.parametrize("family", FAMILIES)


def scan(family: int, peers: int, at: float = 0.0, first: int = 1) -> list[Timed]:
    """Return one datagram to each of so many servers within a second."""
    source = ENDS[family][0]
    return [
        udp(family, at + n / (peers + 1), ends=(source, peer(family, first + n)))
        for n in range(peers)
    ]


@FAMILY
@pytest.mark.parametrize("peers", [1, 2, 100, 255, 256])
def test_peers_are_counted_exactly_up_to_256(tmp_path: Path, family: int, peers: int) -> None:
    row = client(metered(tmp_path, scan(family, peers)), family)
    assert (row["peers"], row["peers_60s"], row["ports"]) == (peers, peers, 1)


@FAMILY
@pytest.mark.parametrize("peers", [257, 600, 2_000])
def test_more_peers_are_estimated(tmp_path: Path, family: int, peers: int) -> None:
    row = client(metered(tmp_path, scan(family, peers)), family)
    assert row["peers"] == pytest.approx(peers, rel=0.15, abs=2)
    assert row["peers_60s"] == row["peers"]


@FAMILY
def test_a_peer_met_twice_is_one(tmp_path: Path, family: int) -> None:
    ends = (ENDS[family][0], peer(family, 1))
    packets = [udp(family, n / 10, ports=(50_000 + n, 8_888), ends=ends) for n in range(9)]
    row = client(metered(tmp_path, packets), family)
    assert (row["new_flows"], row["peers"], row["ports"]) == (9, 1, 1)


@FAMILY
def test_ports_are_counted_on_both_sides(tmp_path: Path, family: int) -> None:
    packets = [udp(family, n / 100, ports=(50_000 + n, 30_000 + n)) for n in range(40)]
    seen = metered(tmp_path, packets)
    assert client(seen, family)["ports"] == 40
    assert server(seen, family)["ports_received"] == 40
    assert server(seen, family)["peers_received"] == 1


@FAMILY
def test_the_same_port_of_tcp_and_udp_are_two(tmp_path: Path, family: int) -> None:
    packets = [tcp(family, 0, "S", 1), udp(family, 0.1)]
    assert client(metered(tmp_path, packets), family)["ports"] == 2


@FAMILY
def test_the_minute_remembers_what_the_five_seconds_forget(tmp_path: Path, family: int) -> None:
    packets = [
        packet
        for step in range(15)
        for packet in scan(family, 10, at=5.0 * step, first=1 + 10 * step)
    ]
    rows = metered(tmp_path, packets).host(ENDS[family][0])
    assert [row["peers"] for row in rows] == [10] * 15
    assert [row["peers_60s"] for row in rows] == [min(10 * n, 120) for n in range(1, 16)]


@FAMILY
def test_peers_met_again_stay_in_the_minute(tmp_path: Path, family: int) -> None:
    packets = [one for step in range(15) for one in scan(family, 10, at=5.0 * step + step / 1000)]
    again = [one for one in packets if one[0] < 5 or one[0] >= 65]
    rows = metered(tmp_path, again, idle_timeout=4).host(ENDS[family][0])
    assert [(row["peers"], row["peers_60s"]) for row in rows] == [(10, 10)] * len(rows)
