"""ARP, DHCP and DHCPv6 frames as rows of the ``l2`` frame. Pure; never raises on any bytes.

Who is sender and who is target:

========  ======================================  ===========================================
packet    sender                                  target
========  ======================================  ===========================================
ARP       its sender fields                       its target fields
DHCP      a client's message: ``chaddr``, IP      Ethernet and IP destination
          source (the same behind a relay)
DHCP      a server's message: Ethernet and IP     ``chaddr``, ``yiaddr`` (the IP destination
          source                                  when that is 0)
DHCPv6    Ethernet and IP source                  Ethernet and IP destination
========  ======================================  ===========================================

``dhcp_message`` is option 53 (RFC 2132, 9.6), for DHCPv6 the message type (RFC 8415, 7.3: other
numbers, told apart by the addresses). The fingerprint is option 55, for DHCPv6 option 6, comma-
separated; the server option 54, for DHCPv6 the source of an advertise or a reply.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import polars as pl

from capture_agent import schema

ETHERNET: Final = 1  # link types as in https://www.tcpdump.org/linktypes.html
RAW: Final = 101
LINUX_SLL: Final = 113
LINUX_SLL2: Final = 276

_ARP, _IPV4, _IPV6 = 0x0806, 0x0800, 0x86DD
_VLAN_TAGS: Final = (0x8100, 0x88A8, 0x9100)
_UDP: Final = 17
_PORTS, _PORTS6 = frozenset({67, 68}), frozenset({546, 547})
_COOKIE: Final = b"\x63\x82\x53\x63"  # RFC 2131, 3
_ADVERTISE, _REPLY = 2, 7  # RFC 8415, 7.3


class Frame(NamedTuple):
    """A captured frame."""

    time: int  # microseconds since 1970
    data: bytes
    link: int = ETHERNET
    vlan: int = 0  # when the kernel has taken the tag off


class _Header(NamedTuple):
    source: int  # MAC addresses
    target: int
    vlan: int
    ethertype: int
    payload: bytes


def table(frames: Iterable[Frame]) -> pl.DataFrame:
    """Return the rows of those frames that are ARP, DHCP or DHCPv6, in their order."""
    rows = [row for frame in frames if (row := parse(frame)) is not None]
    return pl.DataFrame(rows, schema=schema.L2) if rows else schema.empty("l2")


def parse(frame: Frame) -> dict[str, Any] | None:
    """Return a frame's row; None when it is something else or broken."""
    try:
        header = _header(frame)
        found = _arp(header) if header.ethertype == _ARP else _dhcp(header)
    except (struct.error, IndexError):
        return None
    if found is None:
        return None
    empty: dict[str, Any] = dict.fromkeys(schema.L2)
    return {**empty, "time": frame.time, "vlan": header.vlan, **found}


def ip_packet(frame: Frame) -> tuple[int, bytes]:
    """Return a frame's VLAN and IP packet; raises struct.error or IndexError without one."""
    header = _header(frame)
    if header.ethertype not in (_IPV4, _IPV6):
        raise IndexError(f"ethertype {header.ethertype:#x} is not IP's")
    return header.vlan, header.payload


def _header(frame: Frame) -> _Header:
    data = frame.data
    if frame.link == RAW:
        return _Header(0, 0, 0, _IPV6 if data[0] >> 4 == 6 else _IPV4, data)
    if frame.link == LINUX_SLL:
        source, ethertype = int.from_bytes(data[6:12]), _u16(data, 14)
        return _Header(source, 0, 0, ethertype, data[16:])
    if frame.link == LINUX_SLL2:
        return _Header(int.from_bytes(data[12:18]), 0, 0, _u16(data, 0), data[20:])
    return _ethernet(data, frame.vlan)


def _ethernet(data: bytes, vlan: int) -> _Header:
    target, source = int.from_bytes(data[:6]), int.from_bytes(data[6:12])
    ethertype, at = _u16(data, 12), 14
    while ethertype in _VLAN_TAGS:
        vlan, ethertype, at = vlan or _u16(data, at) & 0x0FFF, _u16(data, at + 2), at + 4
    return _Header(source, target, vlan, ethertype, data[at:])


def _arp(header: _Header) -> dict[str, Any] | None:
    """Return an ARP packet of IPv4 over Ethernet (RFC 826)."""
    kind, sender_mac, sender, target_mac, target = struct.unpack_from(
        ">6xH6s4s6s4s", header.payload
    )
    if header.payload[:6] != b"\x00\x01\x08\x00\x06\x04" or kind not in (1, 2):
        return None
    event = "arp_request" if kind == 1 else "arp_reply"
    return {
        "event": "arp_gratuitous" if sender == target else event,
        **_side("sender", int.from_bytes(sender_mac), sender),
        **_side("target", int.from_bytes(target_mac), target),
    }


def _dhcp(header: _Header) -> dict[str, Any] | None:
    packet = header.payload
    if header.ethertype == _IPV4 and packet[9] == _UDP and not _u16(packet, 6) & 0x1FFF:
        ports = (packet[0] & 0x0F) * 4
        is_ours = not _PORTS.isdisjoint((_u16(packet, ports), _u16(packet, ports + 2)))
        return (
            _dhcp4(header, packet[12:16], packet[16:20], packet[ports + 8 :]) if is_ours else None
        )
    if header.ethertype == _IPV6 and packet[6] == _UDP:
        is_ours = not _PORTS6.isdisjoint((_u16(packet, 40), _u16(packet, 42)))
        return _dhcp6(header, packet[8:24], packet[24:40], packet[48:]) if is_ours else None
    return None


def _dhcp4(header: _Header, source: bytes, target: bytes, body: bytes) -> dict[str, Any] | None:
    if body[236:240] != _COOKIE:
        return None
    options = _options(body[240:], code_format="B")
    client, given = int.from_bytes(body[28:34]), body[16:20]
    if body[0] == 1:
        sides = _side("sender", client, source) | _side("target", header.target, target)
    else:
        given = given if any(given) else target
        sides = _side("sender", header.source, source) | _side("target", client, given)
    return {
        "event": "dhcp",
        **sides,
        "dhcp_message": options.get(53, b"\0")[0],
        "dhcp_hostname": _text(options.get(12)),
        "dhcp_fingerprint": ",".join(map(str, options[55])) if 55 in options else None,
        **_server(options.get(54, b"")),
    }


def _dhcp6(header: _Header, source: bytes, target: bytes, body: bytes) -> dict[str, Any]:
    options = _options(body[4:], code_format=">H")
    wanted = options.get(6)
    name = options.get(39, b"")[1:]  # RFC 4704: flags, then the name as in DNS
    return {
        "event": "dhcp",
        **_side("sender", header.source, source),
        **_side("target", header.target, target),
        "dhcp_message": body[0],
        "dhcp_hostname": _text(_dotted(name)),
        "dhcp_fingerprint": ",".join(str(n) for (n,) in struct.iter_unpack(">H", wanted))
        if wanted
        else None,
        **_server(source if body[0] in (_ADVERTISE, _REPLY) else b""),
    }


def _options(data: bytes, code_format: str) -> dict[int, bytes]:
    """Return the options by code, up to where the bytes end or make no sense."""
    options: dict[int, bytes] = {}
    size = struct.calcsize(code_format)
    at = 0
    while at + 2 * size <= len(data):
        (code,) = struct.unpack_from(code_format, data, at)
        if size == 1 and code in (0, 255):  # pad, end
            if code:
                break
            at += 1
            continue
        (length,) = struct.unpack_from(code_format, data, at + size)
        at += 2 * size
        if length and at + length <= len(data):
            options.setdefault(code, data[at : at + length])
        at += length
    return options


def _side(role: str, mac: int, address: bytes) -> dict[str, int]:
    high, low = _packed(address)
    return {f"{role}_mac": mac, f"{role}_high": high, f"{role}_low": low}


def _server(address: bytes) -> dict[str, int]:
    if len(address) not in (4, 16):
        return {}
    high, low = _packed(address)
    return {"dhcp_server_high": high, "dhcp_server_low": low}


def _packed(address: bytes) -> tuple[int, int]:
    """Return an IPv4 or IPv6 address as (high, low), IPv4 mapped."""
    if len(address) == 4:
        return 0, 0xFFFF << 32 | int.from_bytes(address)
    return int.from_bytes(address[:8]), int.from_bytes(address[8:16])


def _text(value: bytes | None) -> str | None:
    """Return a name without NUL, which no database text may hold."""
    return value.decode("utf-8", "replace").replace("\0", "") or None if value else None


def _dotted(name: bytes) -> bytes:
    """Return a DNS name's labels joined by dots."""
    labels, at = [], 0
    while at < len(name) and name[at]:
        labels.append(name[at + 1 : at + 1 + name[at]])
        at += 1 + name[at]
    return b".".join(labels)


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", data, at)[0])
