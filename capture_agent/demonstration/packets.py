"""Ethernet, ARP, IPv4, IPv6, TCP, UDP and ICMP: from fields to bytes, checksums included.

Lengths and checksums follow RFC 791, 8200, 9293, 768, 792 and 4443. Built with ``struct`` because
a demonstration has some ten thousand packets and must be written within seconds.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

ETHERTYPE_IPV4: Final = 0x0800
ETHERTYPE_ARP: Final = 0x0806
ETHERTYPE_VLAN: Final = 0x8100
ETHERTYPE_IPV6: Final = 0x86DD
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

BROADCAST_MAC: Final = "ff:ff:ff:ff:ff:ff"


@dataclass(frozen=True)
class Endpoint:
    """One address of a machine: its MAC as the capture sees it, its IP and the TTL it sends."""

    mac: str
    address: str
    ttl: int = 64
    vlan: int = 0

    @cached_property
    def ip(self) -> IPv4Address | IPv6Address:
        """Return the parsed address; raises ValueError for what is none."""
        return ip_address(self.address)

    @cached_property
    def packed(self) -> bytes:
        """Return the address in network order, 4 or 16 bytes."""
        return self.ip.packed

    @cached_property
    def mac_bytes(self) -> bytes:
        """Return the MAC in network order."""
        return bytes.fromhex(self.mac.replace(":", ""))


def fold(total: int) -> int:
    """Return the ones' complement of a sum of 16-bit words (RFC 1071)."""
    rest = total % 0xFFFF
    return 0xFFFF - (rest or (0xFFFF if total else 0))


def checksum(data: bytes) -> int:
    """Return the internet checksum of data, padded to an even length."""
    # A big-endian number modulo 65535 is the ones' complement sum of its 16-bit words.
    return fold(int.from_bytes(data + b"\0" if len(data) % 2 else data, "big"))


def ethernet(source: Endpoint, destination_mac: bytes, ethertype: int, body: bytes) -> bytes:
    """Return an Ethernet II frame, tagged when the source is in a VLAN."""
    tag = struct.pack("!HH", ETHERTYPE_VLAN, source.vlan) if source.vlan else b""
    return destination_mac + source.mac_bytes + tag + struct.pack("!H", ethertype) + body


def ip_frame(
    source: Endpoint, destination: Endpoint, protocol: int, segment: bytes, unseen: int = 0
) -> bytes:
    """Return a frame with one L4 segment; both ends must be of the same family.

    ``unseen`` bytes more stand in the IP length than follow: a capture with a snapshot length.
    """
    header = _ipv4 if source.ip.version == 4 else _ipv6
    ethertype = ETHERTYPE_IPV4 if source.ip.version == 4 else ETHERTYPE_IPV6
    packet = header(source, destination, protocol, len(segment) + unseen) + segment
    return ethernet(source, destination.mac_bytes, ethertype, packet)


def _ipv4(source: Endpoint, destination: Endpoint, protocol: int, length: int) -> bytes:
    fields = [0x45, 0, 20 + length, 0, 0x4000, source.ttl, protocol, 0]
    head = struct.pack("!BBHHHBBH", *fields)
    fields[-1] = checksum(head + source.packed + destination.packed)
    return struct.pack("!BBHHHBBH", *fields) + source.packed + destination.packed


def _ipv6(source: Endpoint, destination: Endpoint, protocol: int, length: int) -> bytes:
    head = struct.pack("!IHBB", 6 << 28, length, protocol, source.ttl)
    return head + source.packed + destination.packed


def _pseudo(source: Endpoint, destination: Endpoint, protocol: int, length: int) -> bytes:
    return source.packed + destination.packed + struct.pack("!II", length, protocol)


def tcp(
    source: Endpoint,
    destination: Endpoint,
    ports: tuple[int, int],
    flags: int,
    *,
    sequence: int = 0,
    acknowledgement: int = 0,
    window: int = 64240,
    options: bytes = b"",
    payload: bytes = b"",
    unseen: int = 0,
) -> bytes:
    """Return a frame with one TCP segment; ``options`` must fill whole 32-bit words.

    ``unseen`` bytes of payload follow on the wire, but not in the capture.
    """
    words = 5 + len(options) // 4
    fields = (
        *ports,
        sequence & 0xFFFFFFFF,
        acknowledgement & 0xFFFFFFFF,
        words << 4,
        flags,
        window,
    )
    body = options + payload
    length = words * 4 + len(payload)
    bare = struct.pack("!HHIIBBHHH", *fields, 0, 0) + body
    value = checksum(_pseudo(source, destination, TCP, length) + bare)
    segment = struct.pack("!HHIIBBHHH", *fields, value, 0) + body
    return ip_frame(source, destination, TCP, segment, unseen)


def udp(source: Endpoint, destination: Endpoint, ports: tuple[int, int], payload: bytes) -> bytes:
    """Return a frame with one UDP datagram."""
    length = 8 + len(payload)
    bare = struct.pack("!HHHH", *ports, length, 0) + payload
    value = checksum(_pseudo(source, destination, UDP, length) + bare) or 0xFFFF
    return ip_frame(source, destination, UDP, struct.pack("!HHHH", *ports, length, value) + payload)


def icmp(
    source: Endpoint, destination: Endpoint, kind: int, code: int, rest: int, payload: bytes = b""
) -> bytes:
    """Return a frame with an ICMP or ICMPv6 message, as the addresses' family asks."""
    bare = struct.pack("!BBHI", kind, code, 0, rest) + payload
    v6 = source.ip.version == 6
    protocol = ICMPV6 if v6 else ICMP
    pseudo = _pseudo(source, destination, protocol, len(bare)) if v6 else b""
    message = struct.pack("!BBHI", kind, code, checksum(pseudo + bare), rest) + payload
    return ip_frame(source, destination, protocol, message)


def echo(
    source: Endpoint, destination: Endpoint, number: int, *, reply: bool, payload: bytes = b""
) -> bytes:
    """Return a ping or its reply; ``number`` holds identifier (high 16 bits) and sequence."""
    kinds = (129, 128) if source.ip.version == 6 else (0, 8)
    return icmp(source, destination, kinds[0] if reply else kinds[1], 0, number, payload)


def arp(
    sender: Endpoint, target: str, *, reply_to: Endpoint | None = None, claim: str = ""
) -> bytes:
    """Return an ARP request for ``target``, or the sender's reply to ``reply_to``.

    ``claim`` is the sender address that the packet states when it is not the sender's own.
    """
    operation = 2 if reply_to else 1
    target_mac = reply_to.mac_bytes if reply_to else bytes(6)
    body = struct.pack("!HHBBH", 1, ETHERTYPE_IPV4, 6, 4, operation)
    body += sender.mac_bytes + ip_address(claim or sender.address).packed
    body += target_mac + ip_address(target).packed
    to = reply_to.mac_bytes if reply_to else b"\xff" * 6
    return ethernet(sender, to, ETHERTYPE_ARP, body.ljust(46, b"\0"))
