"""The host frame: what each host did in five seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from scapy.layers.inet import ICMP, IP, TCP, IPerror, TCPerror
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6EchoRequest, IPv6
from scapy.packet import Raw

from capture_agent.demonstration.payloads import dns
from tests.capture_agent.traffic import (
    ENDS,
    FAMILIES,
    START,
    Seen,
    framed,
    handshake,
    ip,
    metered,
    peer,
    tcp,
    udp,
)

FAMILY = pytest.mark.parametrize("family", FAMILIES)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(START, UTC) + timedelta(seconds=seconds)


def client(seen: Seen, family: int, interval: int = 0) -> dict[str, Any]:
    return seen.host(ENDS[family][0])[interval]


def server(seen: Seen, family: int, interval: int = 0) -> dict[str, Any]:
    return seen.host(ENDS[family][1])[interval]


def pair(seen: Seen, family: int, name: str, interval: int = 0) -> tuple[int, int]:
    """Return a counter of what the client did and the one of what happened to the server."""
    received = f"{name.removesuffix('_sent')}_received"
    if "_per_second" in name:
        bare = name.removesuffix("_per_second").removesuffix("_sent")
        received = f"{bare}_received_per_second"
    return client(seen, family, interval)[name], server(seen, family, interval)[received]


@FAMILY
def test_traffic_is_sent_by_one_and_received_by_the_other(tmp_path: Path, family: int) -> None:
    packets = [udp(family, 0, b"a" * 100), udp(family, 1, b"b" * 300, back=True), udp(family, 2)]
    seen = metered(tmp_path, packets)
    one, other = client(seen, family), server(seen, family)
    flow = seen.flow()
    assert one["bytes_sent"] == other["bytes_received"] == flow["bytes_to_server"]
    assert one["bytes_received"] == other["bytes_sent"] == flow["bytes_to_client"]
    assert (one["packets_sent"], one["packets_received"]) == (2, 1)
    assert (one["mac"], other["mac"]) == (flow["client_mac"], flow["server_mac"])


@FAMILY
def test_an_interval_lasts_five_seconds_and_begins_at_a_multiple(
    tmp_path: Path, family: int
) -> None:
    seen = metered(tmp_path, [udp(family, at) for at in (1, 4.999, 5, 12)])
    rows = seen.host(ENDS[family][0])
    assert [row["time"] for row in rows] == [moment(5), moment(10), moment(12)]
    assert [row["packets_sent"] for row in rows] == [2, 1, 1]
    assert [row["interval"] for row in rows] == [5, 5, 2]


@FAMILY
def test_a_host_without_traffic_has_no_row(tmp_path: Path, family: int) -> None:
    seen = metered(tmp_path, [udp(family, 0), udp(family, 21, ports=(50_000, 9_999))])
    assert [row["time"] for row in seen.host(ENDS[family][0])] == [moment(5), moment(21)]


@FAMILY
@pytest.mark.parametrize("times", [(0.1, 0.2, 0.3, 1.5, 1.6, 3), (0.9, 1.0, 1.1, 1.9, 2.0, 2.5)])
def test_a_peak_is_the_highest_second(
    tmp_path: Path, family: int, times: tuple[float, ...]
) -> None:
    packets = [udp(family, at, ports=(50_000 + n, 8_888)) for n, at in enumerate(times)]
    seen = metered(tmp_path, packets)
    assert pair(seen, family, "new_flows") == (6, 6)
    assert pair(seen, family, "new_flows_per_second") == (3, 3)


@FAMILY
def test_a_peak_begins_anew_with_each_interval(tmp_path: Path, family: int) -> None:
    times = (0.1, 0.2, 0.3, 5.1, 5.2, 10.1)
    packets = [udp(family, at, ports=(50_000 + n, 8_888)) for n, at in enumerate(times)]
    rows = metered(tmp_path, packets).host(ENDS[family][0])
    assert [row["new_flows_per_second"] for row in rows] == [3, 2, 1]


@FAMILY
def test_tcp_flags_are_counted_for_either_side(tmp_path: Path, family: int) -> None:
    packets = [
        *handshake(family),
        tcp(family, 1, "FA", 101),
        tcp(family, 1.1, "FA", 501, back=True),
        tcp(family, 2, "S", 1, ports=(50_000, 8_889)),
        tcp(family, 2.1, "RA", 1, ports=(50_000, 8_889), back=True),
    ]
    seen = metered(tmp_path, packets)
    one, other = client(seen, family), server(seen, family)
    assert pair(seen, family, "syn_sent") == (2, 2)
    assert pair(seen, family, "fin_sent") == (1, 1)
    assert (one["syn_ack_received"], other["syn_ack_sent"]) == (1, 1)
    assert (one["rst_received"], other["rst_sent"]) == (1, 1)
    assert (one["fin_received"], other["fin_sent"]) == (1, 1)
    assert (one["syn_ack_sent"], one["rst_sent"], other["syn_sent"]) == (0, 0, 0)
    assert (one["syn_sent_per_second"], other["syn_ack_sent_per_second"]) == (1, 1)


@FAMILY
def test_icmp_is_counted(tmp_path: Path, family: int) -> None:
    message = ICMP() if family == 4 else ICMPv6EchoRequest()
    packets = [(at, framed(ip(family) / message)) for at in (0.1, 0.2, 1.3)]
    seen = metered(tmp_path, packets)
    assert pair(seen, family, "icmp_sent") == (3, 3)
    assert pair(seen, family, "icmp_sent_per_second") == (2, 2)


@FAMILY
def test_dns_questions_are_counted_and_answers_are_not(tmp_path: Path, family: int) -> None:
    ports, name = (40_000, 53), "www.example.org"
    packets = [udp(family, at, dns.query(1, name), ports=ports) for at in (0.1, 0.2)]
    packets.append(udp(family, 0.3, dns.answer(1, name, 1, ["192.0.2.9"]), ports=ports, back=True))
    seen = metered(tmp_path, packets)
    assert pair(seen, family, "dns_sent") == (2, 2)
    assert (client(seen, family)["dns_received"], server(seen, family)["dns_sent"]) == (0, 0)


# what became of flows


@FAMILY
def test_a_flow_that_nobody_answers_is_told_after_three_seconds(
    tmp_path: Path, family: int
) -> None:
    seen = metered(tmp_path, [tcp(family, 0, "S", 100), udp(family, 9, ports=(50_000, 9_999))])
    rows = seen.host(ENDS[family][0])
    assert [row["unanswered"] for row in rows] == [1, 1]  # the second at the capture's end
    assert [row["unanswered_received"] for row in seen.host(ENDS[family][1])] == [1, 1]


@FAMILY
@pytest.mark.parametrize("answer", ["tcp", "udp"])
def test_an_answered_flow_is_not_unanswered(tmp_path: Path, family: int, answer: str) -> None:
    if answer == "tcp":
        packets = [*handshake(family), tcp(family, 9, "A", 101)]
    else:
        packets = [udp(family, 0), udp(family, 2.9, back=True), udp(family, 9)]
    seen = metered(tmp_path, packets)
    assert seen.table("host")["unanswered"].sum() == 0


@FAMILY
def test_a_flow_whose_beginning_was_missed_is_not_unanswered(tmp_path: Path, family: int) -> None:
    seen = metered(tmp_path, [tcp(family, at, "A", 101) for at in (0, 9)])
    assert seen.table("host")["unanswered"].sum() == 0


@pytest.mark.parametrize(
    ("family", "target"),
    [(4, "224.0.0.251"), (4, "10.0.0.255"), (4, "255.255.255.255"), (6, "ff02::fb")],
)
def test_nobody_is_expected_to_answer_what_goes_to_many(
    tmp_path: Path, family: int, target: str
) -> None:
    ends = (ENDS[family][0], target)
    seen = metered(tmp_path, [udp(family, at, ends=ends) for at in (0, 9)])
    assert seen.table("host")["unanswered"].sum() == 0


@FAMILY
def test_a_reset_in_answer_to_a_syn_is_a_failure(tmp_path: Path, family: int) -> None:
    refused = [tcp(family, 0, "S", 100), tcp(family, 0.1, "RA", 0, back=True)]
    seen = metered(tmp_path, refused)
    assert pair(seen, family, "failed") == (1, 1)
    assert client(seen, family)["unanswered"] == 0


@FAMILY
def test_a_reset_after_the_handshake_is_no_failure(tmp_path: Path, family: int) -> None:
    seen = metered(tmp_path, [*handshake(family), tcp(family, 1, "R", 501, back=True)])
    assert seen.table("host")["failed"].sum() == 0


@FAMILY
def test_icmp_tells_of_a_failure(tmp_path: Path, family: int) -> None:
    source, target = ENDS[family]
    if family == 4:
        quoted = IPerror(src=source, dst=target, proto=6) / TCPerror(sport=40_000, dport=8_888)
        error = IP(src="10.0.0.1", dst=source) / ICMP(type=3, code=1) / quoted
    else:
        inner = IPv6(src=source, dst=target) / TCP(sport=40_000, dport=8_888)
        error = IPv6(src="fd00::1", dst=source) / ICMPv6DestUnreach(code=3) / Raw(bytes(inner))
    seen = metered(tmp_path, [tcp(family, 0, "S", 100), (0.5, framed(error, True))])
    assert client(seen, family)["failed"] == 1
    assert client(seen, family)["unanswered"] == 0


@FAMILY
def test_active_flows_are_those_that_have_not_ended(tmp_path: Path, family: int) -> None:
    packets = [udp(family, n / 10, ports=(50_000 + n, 8_888)) for n in range(3)]
    packets += [udp(family, at, ports=(50_000, 8_888)) for at in (7, 14)]
    seen = metered(tmp_path, packets, idle_timeout=8)
    rows = seen.host(ENDS[family][0])
    assert [row["active_flows"] for row in rows] == [3, 1, 0]
    assert [row["active_flows_received"] for row in seen.host(ENDS[family][1])] == [3, 1, 0]


# names, VLANs, and the whole


@FAMILY
def test_a_host_is_named_by_the_answer_of_dns_that_led_to_it(tmp_path: Path, family: int) -> None:
    ports, name = (40_000, 53), "www.example.org"
    kind, address = (dns.A, peer(4, 9)) if family == 4 else (dns.AAAA, peer(6, 9))
    packets = [
        udp(family, 0, dns.query(1, name, kind), ports=ports),
        udp(family, 0.1, dns.answer(1, name, kind, [address]), ports=ports, back=True),
        udp(family, 0.2, ends=(ENDS[family][0], address)),
    ]
    seen = metered(tmp_path, packets)
    assert seen.host(address)[0]["name"] == name
    assert client(seen, family)["name"] is None


@FAMILY
def test_a_host_is_another_one_in_another_vlan(tmp_path: Path, family: int) -> None:
    from scapy.layers.inet import UDP
    from scapy.layers.l2 import Dot1Q

    packets = [
        (tag / 10, framed(Dot1Q(vlan=tag) / ip(family) / UDP(sport=1, dport=2) / Raw(b"x" * tag)))
        for tag in (3, 4)
    ]
    rows = metered(tmp_path, packets).host(ENDS[family][0])
    header = 28 if family == 4 else 48
    assert {row["vlan"]: row["bytes_sent"] for row in rows} == {3: header + 3, 4: header + 4}


@FAMILY
def test_the_hosts_rows_add_up_to_the_flows(tmp_path: Path, family: int) -> None:
    packets = sorted(
        one
        for n in range(30)
        for at in range(0, 60, 7)
        for one in [
            udp(family, at + n / 40, b"x" * n, ports=(50_000 + n, 8_888)),
            udp(family, at + n / 40 + 0.01, b"yz" * n, ports=(50_000 + n, 8_888), back=True),
        ]
    )
    seen = metered(tmp_path, packets)
    flows = seen.table("flow").filter(pl.col("event") == "end")
    total = flows["bytes_to_server"].sum() + flows["bytes_to_client"].sum()
    hosts = seen.table("host")
    assert hosts["bytes_sent"].sum() == hosts["bytes_received"].sum() == total
    assert hosts["packets_sent"].sum() == len(packets)
    assert hosts["new_flows"].sum() == hosts["new_flows_received"].sum() == flows.height
