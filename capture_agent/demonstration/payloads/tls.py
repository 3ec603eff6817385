"""TLS records and handshake messages (RFC 5246, 8446, 6066, 7301), as bytes on the wire."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

TLS10, TLS12, TLS13 = 0x0301, 0x0303, 0x0304
_ECDHE_RSA_AES128_GCM: Final = 0xC02F
_AES128_GCM_SHA256: Final = 0x1301
_RSA_RC4_SHA: Final = 0x0005
_RSA_AES128_CBC_SHA: Final = 0x002F

_BROWSER_CIPHERS: Final = (
    0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8,
    0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035,
)  # fmt: skip


@dataclass(frozen=True)
class Hello:
    """What a client says of itself; ``version`` is the highest it offers."""

    server_name: str = ""
    version: int = TLS13
    alpn: tuple[str, ...] = ("h2", "http/1.1")
    ciphers: tuple[int, ...] = _BROWSER_CIPHERS

    def message(self) -> bytes:
        """Return the ClientHello handshake message."""
        legacy = min(self.version, TLS12)
        suites = struct.pack(f"!{len(self.ciphers)}H", *self.ciphers)
        body = struct.pack("!H", legacy) + noise(self.server_name, "client", 32)
        body += b"\x20" + noise(self.server_name, "session", 32)
        body += struct.pack("!H", len(suites)) + suites + b"\x01\0"
        return handshake(1, body + _vector(b"".join(self._extensions()), 2))

    def record(self) -> bytes:
        """Return the ClientHello in its record."""
        return record(22, self.message(), TLS10)

    def _extensions(self) -> list[bytes]:
        name = self.server_name.encode()
        parts = [extension(0, _vector(b"\0" + _vector(name, 2), 2))] if name else []
        parts += [
            extension(23, b""),
            extension(10, _vector(struct.pack("!3H", 29, 23, 24), 2)),
            extension(11, b"\x01\0"),
        ]
        if self.version >= TLS12:
            parts.append(
                extension(13, _vector(struct.pack("!4H", 0x0403, 0x0804, 0x0401, 0x0503), 2))
            )
        if self.alpn:
            names = b"".join(_vector(each.encode(), 1) for each in self.alpn)
            parts.append(extension(16, _vector(names, 2)))
        if self.version >= TLS13:
            key = struct.pack("!H", 29) + _vector(noise(self.server_name, "share", 32), 2)
            parts += [extension(51, _vector(key, 2)), extension(45, b"\x01\x01")]
            parts.append(extension(43, _vector(struct.pack("!2H", TLS13, TLS12), 1)))
        return parts


def server_hello(hello: Hello, version: int, cipher: int, alpn: str = "") -> bytes:
    """Return the ServerHello message that takes up a hello with this version and cipher."""
    body = struct.pack("!H", min(version, TLS12)) + noise(hello.server_name, "server", 32)
    body += b"\x20" + noise(hello.server_name, "session", 32) + struct.pack("!HB", cipher, 0)
    parts = [extension(23, b""), extension(65281, b"\0")] if version < TLS13 else []
    if alpn and version < TLS13:
        parts.append(extension(16, _vector(_vector(alpn.encode(), 1), 2)))
    if version >= TLS13:
        key = struct.pack("!H", 29) + _vector(noise(hello.server_name, "answer", 32), 2)
        parts += [extension(43, struct.pack("!H", TLS13)), extension(51, key)]
    return handshake(2, body + _vector(b"".join(parts), 2))


def flight12(
    hello: Hello,
    chain: tuple[bytes, ...],
    *,
    version: int = TLS12,
    cipher: int = _ECDHE_RSA_AES128_GCM,
) -> bytes:
    """Return a server's first flight up to TLS 1.2, with its certificates in the clear."""
    alpn = hello.alpn[0] if hello.alpn else ""
    listed = b"".join(_vector(each, 3) for each in chain)
    messages = [server_hello(hello, version, cipher, alpn), handshake(11, _vector(listed, 3))]
    if cipher not in (_RSA_RC4_SHA, _RSA_AES128_CBC_SHA):  # these need no key exchange message
        point = b"\x03\0\x1d" + _vector(noise(hello.server_name, "point", 32), 1)
        signed = struct.pack("!H", 0x0804) + _vector(noise(hello.server_name, "signed", 256), 2)
        messages.append(handshake(12, point + signed))
    messages.append(handshake(14, b""))
    return b"".join(record(22, message, version) for message in messages)


def finish12(hello: Hello, version: int = TLS12) -> bytes:
    """Return a client's second flight up to TLS 1.2; a server's ends with the same two records."""
    key = handshake(16, _vector(noise(hello.server_name, "exchange", 32), 1))
    return record(22, key, version) + changed(hello, version)


def changed(hello: Hello, version: int = TLS12) -> bytes:
    """Return ChangeCipherSpec and an encrypted Finished."""
    finished = noise(hello.server_name, "finished", 40)
    return record(20, b"\x01", version) + record(22, finished, version)


def flight13(hello: Hello, encrypted: int = 2800) -> bytes:
    """Return a TLS 1.3 server's first flight: its certificate is inside the encrypted bytes."""
    first = record(22, server_hello(hello, TLS13, _AES128_GCM_SHA256), TLS12)
    return first + record(20, b"\x01", TLS12) + data(hello, encrypted, "flight")


def data(hello: Hello, size: int, label: str = "data", version: int = TLS12) -> bytes:
    """Return ``size`` bytes of application data in records of at most 16 KiB."""
    body = noise(hello.server_name, label, size)
    parts = (body[start : start + 16_384] for start in range(0, size, 16_384))
    return b"".join(record(23, part, version) for part in parts)


def fatal_alert(description: int, version: int = TLS12) -> bytes:
    """Return a fatal alert, for example 40 (handshake failure) or 48 (unknown CA)."""
    return record(21, bytes([2, description]), version)


def record(kind: int, body: bytes, version: int) -> bytes:
    """Return one record."""
    return struct.pack("!BHH", kind, min(version, TLS12), len(body)) + body


def handshake(kind: int, body: bytes) -> bytes:
    """Return one handshake message."""
    return bytes([kind]) + _vector(body, 3)


def extension(kind: int, body: bytes) -> bytes:
    """Return one hello extension."""
    return struct.pack("!H", kind) + _vector(body, 2)


def noise(seed: str, label: str, size: int) -> bytes:
    """Return bytes that look encrypted and are the same each time."""
    return hashlib.shake_128(f"{seed}/{label}".encode()).digest(size)


def _vector(body: bytes, width: int) -> bytes:
    return len(body).to_bytes(width, "big") + body
