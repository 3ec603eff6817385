"""Community ID: one name of a flow across tools. Source: Corelight's specification, version 1."""

from __future__ import annotations

import base64
import hashlib
import struct
from ipaddress import ip_address
from typing import Final

_TCP, _UDP, _SCTP, _ICMP, _ICMP6 = 6, 17, 132, 1, 58

#: ICMP types that are asked and answered, each with the other one (RFC 792, 950, 1256).
_ICMP_PAIRS: Final = {
    kind: answer
    for one, other in ((8, 0), (13, 14), (15, 16), (17, 18), (10, 9))
    for kind, answer in ((one, other), (other, one))
}
#: The same of ICMPv6 (RFC 4443, 2710, 4861, 4620, 4861, 4068).
_ICMP6_PAIRS: Final = {
    kind: answer
    for one, other in ((128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145))
    for kind, answer in ((one, other), (other, one))
}


def community_id(
    client: str, server: str, client_port: int, server_port: int, l4: int, *, seed: int = 0
) -> str:
    """Return the flow's Community ID, as "1:LQU9qZlK+B5F3KDmev6m5PMibrg=".

    ``l4`` is the IANA protocol number. For ICMP the ports are the message's type and code. Without
    ports (protocols beside TCP, UDP, SCTP and ICMP) only addresses and protocol count.
    Raises ValueError for what is no address.
    """
    one_way = l4 in (_ICMP, _ICMP6)
    if one_way:
        client_port, server_port, one_way = _icmp_ports(l4, client_port, server_port)
    source = (ip_address(client).packed, client_port)
    target = (ip_address(server).packed, server_port)
    if not one_way and target < source:
        source, target = target, source
    parts = struct.pack("!H", seed) + source[0] + target[0] + bytes((l4, 0))
    if l4 in (_TCP, _UDP, _SCTP, _ICMP, _ICMP6):
        parts += struct.pack("!HH", source[1], target[1])
    digest = hashlib.sha1(parts, usedforsecurity=False).digest()
    return f"1:{base64.b64encode(digest).decode()}"


def _icmp_ports(l4: int, kind: int, code: int) -> tuple[int, int, bool]:
    """Return what stands for an ICMP message's ports, and whether nothing answers it."""
    answer = (_ICMP_PAIRS if l4 == _ICMP else _ICMP6_PAIRS).get(kind)
    return (kind, code, True) if answer is None else (kind, answer, False)
