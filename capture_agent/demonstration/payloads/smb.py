"""SMB over TCP: sessions of version 2 and 3 (MS-SMB2), negotiation of version 1 (MS-CIFS)."""

from __future__ import annotations

import struct
from typing import Final

from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.payloads import tls

Lines = list[tuple[int, bytes]]

NEGOTIATE, SESSION_SETUP, READ = 0, 1, 8
_HEAD2: Final = "<4sHHIHHIIQIIQ16x"
_HEAD1: Final = "<4sBIBHH8sHHHHH"


def message(command: int, body: bytes, *, reply: bool, number: int) -> bytes:
    """Return an SMB 2 message (MS-SMB2, 2.2.1) in its NetBIOS session packet."""
    head = struct.pack(
        _HEAD2, b"\xfeSMB", 64, 1, 0, command, 1, int(reply), 0, number, 0xFEFF, 1, 7
    )
    return _netbios(head + body)


def session(reads: int = 6) -> Lines:
    """Return negotiation, session set-up and reads of a file share."""
    dialects = struct.pack("<HHHHI24x3H", 36, 3, 1, 0, 0, 0x202, 0x210, 0x302)
    agreed = struct.pack("<HHHH", 65, 1, 0x302, 0) + tls.noise("smb", "server", 56)
    token = struct.pack("<HBB", 25, 0, 1) + tls.noise("smb", "token", 180)
    granted = struct.pack("<HH", 9, 0) + tls.noise("smb", "granted", 120)
    lines = [*_call(NEGOTIATE, 0, dialects, agreed), *_call(SESSION_SETUP, 1, token, granted)]
    for number in range(2, 2 + reads):
        block = struct.pack("<HBB", 17, 80, 0) + tls.noise("smb", str(number), 4_000)
        lines += _call(READ, number, struct.pack("<HBB45x", 49, 80, 0), block)
    return lines


def _call(command: int, number: int, asked: bytes, answered: bytes) -> Lines:
    return [
        (CLIENT, message(command, asked, reply=False, number=number)),
        (SERVER, message(command, answered, reply=True, number=number)),
    ]


def negotiation1() -> Lines:
    """Return an SMB 1 negotiation, as no machine should still ask for it (MS-CIFS, 2.2.4.52)."""
    dialects = b"\x02NT LM 0.12\0"
    asked = _head1(0x18) + struct.pack("<BH", 0, len(dialects)) + dialects
    words = struct.pack("<BHBHHIIII", 17, 0, 3, 50, 1, 16_644, 65_536, 0, 0x8001F3FD)
    answered = _head1(0x98) + words + bytes(16)
    return [(CLIENT, _netbios(asked)), (SERVER, _netbios(answered))]


def _head1(flags: int) -> bytes:
    return struct.pack(_HEAD1, b"\xffSMB", 0x72, 0, flags, 0xC853, 0, bytes(8), 0, 0, 0xFEFF, 0, 1)


def _netbios(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body
