"""SMB over TCP: sessions of version 2 and 3 (MS-SMB2), version 1 (MS-CIFS)."""

from __future__ import annotations

import struct
from typing import Final

from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.payloads import tls

Lines = list[tuple[int, bytes]]

NEGOTIATE, SESSION_SETUP, READ = 0, 1, 8
NEGOTIATE1, SESSION_SETUP1 = 0x72, 0x73
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


def session1() -> Lines:
    """Return negotiation and session set-up of SMB 1, which no machine should still ask for."""
    dialects = b"\x02NT LM 0.12\0"
    agreed = struct.pack("<BHBHHIIII", 17, 0, 3, 50, 1, 16_644, 65_536, 0, 0x8001F3FD) + bytes(16)
    who = b"\0GUEST\0OFFICE\0Unix\0Samba\0"
    words = struct.pack("<BHHHHHIHHIIH", 13, 0xFF, 0, 61_440, 2, 1, 0, 1, 0, 0, 0xD4, len(who))
    granted = struct.pack("<BHHHH", 3, 0xFF, 0, 0, len(who))
    return [
        (CLIENT, _message1(NEGOTIATE1, False, struct.pack("<BH", 0, len(dialects)) + dialects)),
        (SERVER, _message1(NEGOTIATE1, True, agreed)),
        (CLIENT, _message1(SESSION_SETUP1, False, words + who)),
        (SERVER, _message1(SESSION_SETUP1, True, granted + who)),
    ]


def _message1(command: int, reply: bool, body: bytes) -> bytes:
    flags = 0x98 if reply else 0x18
    head = struct.pack(
        _HEAD1, b"\xffSMB", command, 0, flags, 0xC853, 0, bytes(8), 0, 0, 0xFEFF, 0, 1
    )
    return _netbios(head + body)


def _netbios(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body
