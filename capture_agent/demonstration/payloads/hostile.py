"""What should not be heard in an office: clear-text logins, remote desktops, miners, programs."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from random import Random

from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.payloads import tls

Lines = list[tuple[int, bytes]]


def telnet_login(user: str, password: str) -> Lines:
    """Return option negotiation (RFC 854) and a login, letter by letter."""
    lines = [
        (SERVER, bytes.fromhex("fffd18fffd20fffd23fffd27")),
        (CLIENT, bytes.fromhex("fffb18fffc20fffc23fffb27")),
        (SERVER, bytes.fromhex("fffa1801fff0fffa2701fff0")),
        (CLIENT, bytes.fromhex("fffa1800") + b"xterm" + bytes.fromhex("fff0fffa2700fff0")),
        (SERVER, bytes.fromhex("fffb03fffd01fffb05fffd21") + b"\r\nlogin: "),
    ]
    for letter in user:
        lines += [(CLIENT, letter.encode()), (SERVER, letter.encode())]
    lines += [(CLIENT, b"\r\n"), (SERVER, b"\r\nPassword: ")]
    lines += [(CLIENT, letter.encode()) for letter in password]
    lines += [(CLIENT, b"\r\n"), (SERVER, b"\r\nLast login: Mon Jan  5 07:58:02\r\n# ")]
    return lines


def ftp_login(user: str, password: str) -> Lines:
    """Return a login and a listing (RFC 959)."""
    talk = (
        (SERVER, "220 (vsFTPd 3.0.5)"),
        (CLIENT, f"USER {user}"),
        (SERVER, "331 Please specify the password."),
        (CLIENT, f"PASS {password}"),
        (SERVER, "230 Login successful."),
        (CLIENT, "SYST"),
        (SERVER, "215 UNIX Type: L8"),
        (CLIENT, "QUIT"),
        (SERVER, "221 Goodbye."),
    )
    return [(side, f"{line}\r\n".encode()) for side, line in talk]


def rdp_connection(user: str) -> Lines:
    """Return an RDP connection request and its confirmation (MS-RDPBCGR, 2.2.1.1)."""
    cookie = f"Cookie: mstshash={user}\r\n".encode() + struct.pack("<BBHI", 1, 0, 8, 0)
    request = bytes([6 + len(cookie), 0xE0]) + bytes(5) + cookie
    confirm = bytes.fromhex("0ed00000123400") + struct.pack("<BBHI", 2, 0, 8, 0)
    return [(CLIENT, _tpkt(request)), (SERVER, _tpkt(confirm))]


def _tpkt(body: bytes) -> bytes:
    return struct.pack("!BBH", 3, 0, len(body) + 4) + body


def vnc_session(updates: int = 20) -> Lines:
    """Return an RFB handshake with VNC authentication (RFC 6143) and screen updates."""
    lines = [
        (SERVER, b"RFB 003.008\n"),
        (CLIENT, b"RFB 003.008\n"),
        (SERVER, b"\x01\x02"),
        (CLIENT, b"\x02"),
        (SERVER, tls.noise("vnc", "challenge", 16)),
        (CLIENT, tls.noise("vnc", "challenge", 16)),
        (SERVER, bytes(4)),
    ]
    screen = b"\0\0\0\x01" + tls.noise("vnc", "screen", 1_200)
    return lines + [(SERVER, screen)] * updates


def stratum(worker: str, shares: int = 6) -> Lines:
    """Return a miner's subscription to a pool, a job and found shares (Stratum over TCP)."""
    lines = [
        (CLIENT, _json(1, "mining.subscribe", ["cpuminer-opt/24.5", None])),
        (SERVER, _done(1, [[["mining.notify", "ae6812eb"]], "f8002c90", 4])),
        (CLIENT, _json(2, "mining.authorize", [worker, "x"])),
        (SERVER, _done(2, True)),
        (SERVER, _json(None, "mining.notify", ["58af8d8c", "975b9717", "01000000", [], True])),
    ]
    for number in range(3, 3 + shares):
        share = [worker, "58af8d8c", f"{number:08x}", "53058b41", f"{number * 7919:08x}"]
        lines += [(CLIENT, _json(number, "mining.submit", share)), (SERVER, _done(number, True))]
    return lines


def _json(number: int | None, method: str, parameters: Sequence[object]) -> bytes:
    message = {"id": number, "method": method, "params": parameters}
    return json.dumps(message).encode() + b"\n"


def _done(number: int, result: object) -> bytes:
    return json.dumps({"id": number, "result": result, "error": None}).encode() + b"\n"


def windows_program(size: int = 24_000) -> bytes:
    """Return bytes that begin as a Windows program does; what follows is noise, not code."""
    head = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8".ljust(60, b"\0") + struct.pack("<I", 128)
    stub = (
        b"\x0e\x1f\xba\x0e\0\xb4\x09\xcd\x21\xb8\x01\x4c\xcd\x21This program cannot be run in DOS"
    )
    whole = ((head + stub).ljust(128, b"\0") + b"PE\0\0").ljust(512, b"\0")
    return whole + tls.noise("program", "body", size)


def generated_names(random: Random, count: int) -> list[str]:
    """Return domain names as a generation algorithm makes them."""
    letters = "bcdfghjklmnpqrstvwxz0123456789qxzwvk"
    return [f"{''.join(random.choices(letters, k=22))}.info" for _ in range(count)]


def tunnelled_names(random: Random, count: int, zone: str) -> list[str]:
    """Return names that carry data in their labels, as a DNS tunnel asks for them."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"

    def label(size: int) -> str:
        return "".join(random.choices(letters, k=size))

    return [f"{label(60)}.{label(58)}.{label(40)}.{zone}" for _ in range(count)]
