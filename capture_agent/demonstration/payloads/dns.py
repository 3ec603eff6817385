"""DNS messages (RFC 1035), also for mDNS and LLMNR."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import Final

A, NS, CNAME, PTR, MX, TXT, AAAA, SRV, NULL = 1, 2, 5, 12, 15, 16, 28, 33, 10
NOERROR, NXDOMAIN = 0, 3
_POINTER: Final = b"\xc0\x0c"  # the name asked, which starts at offset 12


def encode_name(name: str) -> bytes:
    """Return a name as labels; raises ValueError for a label over 63 bytes."""
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    if any(len(label) > 63 for label in labels):
        raise ValueError(f"name: a label of {name!r} is longer than 63 bytes")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query(number: int, name: str, kind: int = A, flags: int = 0x0100) -> bytes:
    """Return a question; ``flags`` 0x0100 asks for recursion, 0 is mDNS's and LLMNR's."""
    return struct.pack("!6H", number, flags, 1, 0, 0, 0) + encode_name(name) + _tail(kind)


def _tail(kind: int) -> bytes:
    return struct.pack("!HH", kind, 1)


def data(kind: int, value: str | bytes) -> bytes:
    """Return the record data of a value: an address, a name, a text or bytes as they are."""
    if isinstance(value, bytes):
        return value
    if kind in (A, AAAA):
        return ip_address(value).packed
    if kind == TXT:
        parts = [value[i : i + 255].encode() for i in range(0, len(value), 255)]
        return b"".join(bytes([len(part)]) + part for part in parts)
    return (b"\0\x0a" if kind == MX else b"") + encode_name(value)


def answer(
    number: int,
    name: str,
    kind: int,
    values: list[str | bytes],
    *,
    ttl: int = 300,
    rcode: int = NOERROR,
    flags: int = 0x8180,
) -> bytes:
    """Return the answer to a question, one record of its type per value."""
    head = struct.pack("!6H", number, flags | rcode, 1, len(values), 0, 0)
    records = b"".join(_record(kind, ttl, data(kind, value)) for value in values)
    return head + encode_name(name) + _tail(kind) + records


def _record(kind: int, ttl: int, body: bytes) -> bytes:
    return _POINTER + _tail(kind) + struct.pack("!IH", ttl, len(body)) + body


def announcement(name: str, kind: int, value: str | bytes, ttl: int = 120) -> bytes:
    """Return an unasked mDNS answer (RFC 6762) with one record."""
    head = struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0)
    body = data(kind, value)
    return head + encode_name(name) + struct.pack("!HHIH", kind, 0x8001, ttl, len(body)) + body
