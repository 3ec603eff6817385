"""ARP, DHCP and other frames for the tests, built by scapy, with what they must become."""

from typing import Any

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Reply, DHCP6_Solicit, DHCP6OptClientFQDN, DHCP6OptOptReq
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

from capture_agent.schema import pack

LAPTOP, ROUTER = "02:00:00:00:00:10", "02:00:00:00:00:01"
ALL = "ff:ff:ff:ff:ff:ff"


def mac(text: str) -> int:
    return int(text.replace(":", ""), 16)


def side(role: str, hardware: str, address: str) -> dict[str, int]:
    high, low = pack(address)
    return {f"{role}_mac": mac(hardware), f"{role}_high": high, f"{role}_low": low}


def _arp(op: int, sender: str, target: str, vlans: Any = None) -> bytes:
    front = Ether(src=LAPTOP, dst=ALL)
    front = front / vlans if vlans else front
    hwdst = ROUTER if op == 2 else "00:00:00:00:00:00"
    return bytes(front / ARP(op=op, hwsrc=LAPTOP, psrc=sender, hwdst=hwdst, pdst=target))


def _dhcp(source: str, sport: int, dport: int, options: list[Any], **bootp: Any) -> bytes:
    ethernet = Ether(src=ROUTER if sport == 67 else LAPTOP, dst=ALL)
    ip = IP(src=source, dst="255.255.255.255") / UDP(sport=sport, dport=dport)
    chaddr = bytes.fromhex(LAPTOP.replace(":", ""))
    return bytes(ethernet / ip / BOOTP(chaddr=chaddr, **bootp) / DHCP(options=[*options, "end"]))


def _dhcp6(source: str, sport: int, dport: int, message: Any) -> bytes:
    ethernet = Ether(src=ROUTER if sport == 547 else LAPTOP, dst="33:33:00:01:00:02")
    return bytes(
        ethernet / IPv6(src=source, dst="ff02::1:2") / UDP(sport=sport, dport=dport) / message
    )


REQUEST = [("message-type", "request"), ("hostname", b"laptop"), ("param_req_list", [1, 3, 6, 15])]
SOLICIT = DHCP6_Solicit() / DHCP6OptOptReq(reqopts=[23, 24]) / DHCP6OptClientFQDN(fqdn="laptop.lan")

#: (name, frame, columns it must have)
WANTED: list[tuple[str, bytes, dict[str, Any]]] = [
    (
        "ARP request",
        _arp(1, "10.0.0.5", "10.0.0.1"),
        {"event": "arp_request", "dhcp_message": None, "vlan": 0}
        | side("sender", LAPTOP, "10.0.0.5")
        | side("target", "00:00:00:00:00:00", "10.0.0.1"),
    ),
    (
        "ARP reply",
        _arp(2, "10.0.0.5", "10.0.0.1"),
        {"event": "arp_reply", "target_mac": mac(ROUTER)},
    ),
    ("gratuitous ARP", _arp(1, "10.0.0.5", "10.0.0.5"), {"event": "arp_gratuitous"}),
    ("gratuitous reply", _arp(2, "10.0.0.5", "10.0.0.5"), {"event": "arp_gratuitous"}),
    ("ARP in a VLAN", _arp(1, "10.0.0.5", "10.0.0.1", Dot1Q(vlan=42)), {"vlan": 42}),
    ("ARP in a provider tag", _arp(1, "10.0.0.5", "10.0.0.1", Dot1AD(vlan=7)), {"vlan": 7}),
    (
        "DHCP request",
        _dhcp("0.0.0.0", 68, 67, REQUEST, op=1),
        {"event": "dhcp", "dhcp_message": 3, "dhcp_hostname": "laptop"}
        | {"dhcp_fingerprint": "1,3,6,15", "dhcp_server_low": None}
        | side("sender", LAPTOP, "0.0.0.0")
        | side("target", ALL, "255.255.255.255"),
    ),
    (
        "DHCP ack",
        _dhcp(
            "10.0.0.1",
            67,
            68,
            [("message-type", "ack"), ("server_id", "10.0.0.1")],
            op=2,
            yiaddr="10.0.0.5",
        ),
        {"event": "dhcp", "dhcp_message": 5, "dhcp_hostname": None, "dhcp_fingerprint": None}
        | {"dhcp_server_high": 0, "dhcp_server_low": pack("10.0.0.1")[1]}
        | side("sender", ROUTER, "10.0.0.1")
        | side("target", LAPTOP, "10.0.0.5"),
    ),
    (
        "DHCPv6 solicit",
        _dhcp6("fe80::10", 546, 547, SOLICIT),
        {"event": "dhcp", "dhcp_message": 1, "dhcp_hostname": "laptop.lan"}
        | {"dhcp_fingerprint": "23,24", "dhcp_server_low": None}
        | side("sender", LAPTOP, "fe80::10")
        | side("target", "33:33:00:01:00:02", "ff02::1:2"),
    ),
    (
        "DHCPv6 reply",
        _dhcp6("fe80::1", 547, 546, DHCP6_Reply()),
        {"event": "dhcp", "dhcp_message": 7, "dhcp_hostname": None}
        | {"dhcp_server_high": pack("fe80::1")[0], "dhcp_server_low": pack("fe80::1")[1]},
    ),
]


def _other(packet: Any) -> bytes:
    return bytes(Ether(src=LAPTOP, dst=ROUTER) / packet)


#: Frames that are none of ours.
OTHERS: list[tuple[str, bytes]] = [
    ("TCP to port 67", _other(IP(src="10.0.0.5") / TCP(sport=68, dport=67))),
    ("DNS", _other(IP(src="10.0.0.5") / UDP(sport=40000, dport=53) / Raw(b"x" * 300))),
    ("DNS over IPv6", _other(IPv6(src="fd00::5") / UDP(sport=40000, dport=53) / Raw(b"x" * 300))),
    ("TCP over IPv6", _other(IPv6(src="fd00::5") / TCP(sport=546, dport=547))),
    ("a later fragment", _other(IP(src="10.0.0.5", frag=5, proto=17) / Raw(b"\0\x44\0\x43" * 80))),
    ("spanning tree", b"\x01\x80\xc2\0\0\0" + bytes(6) + b"\0\x26" + bytes(46)),
]
