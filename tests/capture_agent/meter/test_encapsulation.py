"""What stands between Ethernet and the flow: tags, labels, tunnels, fragments, headers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.contrib.gtp import GTP_U_Header
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, UDP, IPOption_NOP, fragment
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    fragment6,
)
from scapy.layers.l2 import GRE, Dot1AD, Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from capture_agent.sources.ndpi import PcapSource
from tests.capture_agent.traffic import (
    ENDS,
    FAMILIES,
    START,
    Seen,
    ends_of,
    framed,
    ip,
    metered,
)

FAMILY = pytest.mark.parametrize("family", FAMILIES)
INNER = {4: ("10.1.1.1", "10.1.1.2"), 6: ("fd01::1", "fd01::2")}


def datagram(size: int = 5) -> Packet:
    return UDP(sport=40_000, dport=8_888) / Raw(b"h" * size)


@FAMILY
@pytest.mark.parametrize(
    ("tags", "vlan"),
    [([], 0), ([7], 7), ([4_094], 4_094), ([7, 8], 8)],
    ids=["untagged", "tagged", "the highest tag", "tag in tag: the inner one"],
)
def test_the_vlan_is_a_part_of_the_flow(
    tmp_path: Path, family: int, tags: list[int], vlan: int
) -> None:
    packet = ip(family) / datagram()
    for tag in reversed(tags):
        packet = Dot1Q(vlan=tag, prio=5) / packet
    row = metered(tmp_path, [(0, framed(packet))]).flow()
    assert (row["vlan"], ends_of(row), row["payload_to_server"]) == (vlan, ENDS[family], 5)


@FAMILY
def test_the_same_ends_in_two_vlans_are_two_flows(tmp_path: Path, family: int) -> None:
    packets = [(tag / 10, framed(Dot1Q(vlan=tag) / ip(family) / datagram())) for tag in (7, 8, 7)]
    rows = metered(tmp_path, packets).flows()
    assert {row["vlan"]: row["packets_to_server"] for row in rows} == {7: 2, 8: 1}


@FAMILY
def test_a_providers_tag_is_not_understood_and_counted_as_refused(
    tmp_path: Path, family: int
) -> None:
    """The engine knows 802.1Q alone; what 802.1ad wraps is not metered, and not hidden either."""
    packet = Dot1AD(vlan=7) / Dot1Q(vlan=8) / ip(family) / datagram()
    seen = metered(tmp_path, [(0, framed(packet))])
    assert (seen.flows(), seen.counters["refused"]) == ([], 1)


CARRIERS: dict[str, Callable[[Packet, int], Packet]] = {
    "MPLS": lambda packet, family: MPLS(label=5, s=1) / packet,
    "PPPoE": lambda packet, family: (
        PPPoE(sessionid=1) / PPP(proto=0x21 if family == 4 else 0x57) / packet
    ),
}


@FAMILY
@pytest.mark.parametrize("carrier", CARRIERS)
def test_carriers_below_ip_are_looked_through(tmp_path: Path, family: int, carrier: str) -> None:
    packet = CARRIERS[carrier](ip(family) / datagram(), family)
    row = metered(tmp_path, [(0, framed(packet))]).flow()
    assert (ends_of(row), row["payload_to_server"]) == (ENDS[family], 5)


@FAMILY
def test_a_gtp_tunnel_is_looked_through_and_named(tmp_path: Path, family: int) -> None:
    source, target = INNER[family]
    inner = (IP if family == 4 else IPv6)(src=source, dst=target) / datagram()
    outer = ip(4) / UDP(sport=2_152, dport=2_152) / GTP_U_Header(teid=5) / inner
    row = metered(tmp_path, [(0, framed(outer))]).flow()
    assert (row["tunnel"], ends_of(row), row["payload_to_server"]) == ("GTP", INNER[family], 5)


def test_ipv6_within_ipv4_is_looked_through(tmp_path: Path) -> None:
    packet = ip(4) / IPv6(src=INNER[6][0], dst=INNER[6][1]) / datagram()
    assert ends_of(metered(tmp_path, [(0, framed(packet))]).flow()) == INNER[6]


EXTENSIONS = [
    ("hop by hop", lambda: [IPv6ExtHdrHopByHop()]),
    ("destination", lambda: [IPv6ExtHdrDestOpt()]),
    ("routing", lambda: [IPv6ExtHdrRouting()]),
    ("two", lambda: [IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt()]),
]


@pytest.mark.parametrize(("name", "headers"), EXTENSIONS, ids=[name for name, _ in EXTENSIONS])
def test_extension_headers_of_ipv6_are_passed_over(
    tmp_path: Path, name: str, headers: Callable[[], list[Packet]]
) -> None:
    packet = ip(6)
    for header in headers():
        packet = packet / header
    row = metered(tmp_path, [(0, framed(packet / datagram()))]).flow()
    assert (row["l4"], row["client_port"], row["payload_to_server"]) == (17, 40_000, 5)
    assert row["bytes_to_server"] == 40 + 8 * len(headers()) + 8 + 5


def test_options_of_ipv4_are_passed_over(tmp_path: Path) -> None:
    packet = ip(4, options=[IPOption_NOP()] * 8) / datagram()
    row = metered(tmp_path, [(0, framed(packet))]).flow()
    assert (row["bytes_to_server"], row["payload_to_server"]) == (20 + 8 + 8 + 5, 5)


@FAMILY
def test_of_fragments_the_first_is_the_flows_and_the_others_are_counted_as_refused(
    tmp_path: Path, family: int
) -> None:
    whole = datagram(3_000)
    if family == 4:
        parts = fragment(ip(4) / whole, 1_400)
    else:
        parts = fragment6(ip(6) / IPv6ExtHdrFragment(id=9) / whole, 1_400)
    assert len(parts) == 3
    seen = metered(tmp_path, [(n / 100, framed(part)) for n, part in enumerate(parts)])
    row = seen.flow()
    assert (row["client_port"], row["server_port"], row["packets_to_server"]) == (40_000, 8_888, 1)
    assert (seen.counters["received"], seen.counters["refused"]) == (3, 2)


@FAMILY
@pytest.mark.parametrize("l4", [50, 47, 132, 2])
def test_a_protocol_without_ports_is_a_flow_too(tmp_path: Path, family: int, l4: int) -> None:
    where = {"proto": l4} if family == 4 else {"nh": l4}
    packet = ip(family, **where) / Raw(bytes.fromhex("00000000") + b"x" * 20)
    row = metered(tmp_path, [(0, framed(packet))]).flow()
    assert (row["l4"], row["client_port"], row["server_port"]) == (l4, 0, 0)
    assert ends_of(row) == ENDS[family]


INSIDE: dict[str, Callable[[Packet], Packet]] = {
    "GRE": lambda inner: GRE() / inner,
    "GRE with a key": lambda inner: GRE(key_present=1, key=5) / inner,
    "GRE with Ethernet": lambda inner: GRE(proto=0x6558) / Ether() / inner,
    "VXLAN": lambda inner: UDP(sport=5_555, dport=4_789) / VXLAN(vni=7, flags=8) / Ether() / inner,
}


@FAMILY
@pytest.mark.parametrize("within", FAMILIES)
@pytest.mark.parametrize("tunnel", INSIDE)
def test_of_other_tunnels_the_outer_flow_is_metered_whole(
    tmp_path: Path, family: int, within: int, tunnel: str
) -> None:
    source, target = INNER[within]
    inner = (IP if within == 4 else IPv6)(src=source, dst=target) / datagram()
    packet = ip(family) / INSIDE[tunnel](inner)
    seen = metered(tmp_path, [(0, framed(packet))])
    row = seen.flow()
    l4, port = (17, 4_789) if tunnel == "VXLAN" else (47, 0)
    assert (ends_of(row), row["l4"], row["server_port"]) == (ENDS[family], l4, port)
    assert (row["bytes_to_server"], seen.counters["refused"]) == (len(packet), 0)


CUTS = [(4, 2_000, 1), (4, 200, 1), (4, 42, 1), (4, 41, 0), (4, 0, 0)]
CUTS += [(6, 2_000, 1), (6, 562, 1), (6, 561, 0), (6, 96, 0), (6, 53, 0), (6, 0, 0)]


@pytest.mark.parametrize(("family", "captured", "flows"), CUTS)
def test_a_packet_that_the_capture_cut_is_metered_or_counted_as_refused(
    tmp_path: Path, family: int, captured: int, flows: int, caplog: pytest.LogCaptureFixture
) -> None:
    """IPv4 is metered by its header's length; the engine refuses IPv6 that is not there whole.

    What is refused for that reason is told once a file.
    """
    whole = framed(ip(family) / datagram(500))
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    record = struct.pack("<IIII", START, 0, min(captured, len(whole)), len(whole))
    path = tmp_path / "cut.pcap"
    path.write_bytes(header + record + whole[:captured])
    seen = Seen(PcapSource([path], interface="x", keep_time=True))
    counted = {name: seen.counters[name] for name in ("received", "parsed", "refused")}
    assert counted == {"received": 1, "parsed": flows, "refused": 1 - flows}
    size = (20 if family == 4 else 40) + 8 + 500
    assert [row["bytes_to_server"] for row in seen.flows()] == [size] * flows
    told = [record.getMessage() for record in caplog.records]
    assert [text.partition(";")[0] for text in told] == [
        f"{path}: packets refused because they were captured in part: 1"
    ] * (1 - flows)
