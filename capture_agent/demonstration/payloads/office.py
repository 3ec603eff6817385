"""Protocols of an office: SSH, DHCP, NTP and mail."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address
from typing import Final

from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.payloads import tls

Lines = list[tuple[int, bytes]]

OPENSSH: Final = "SSH-2.0-OpenSSH_10.0"
OLD_OPENSSH: Final = "SSH-2.0-OpenSSH_5.3"
_KEX: Final = "mlkem768x25519-sha256,curve25519-sha256,diffie-hellman-group16-sha512"
_HOST_KEYS: Final = "ssh-ed25519,rsa-sha2-512,rsa-sha2-256"
_CIPHERS: Final = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-ctr"
_OLD_CIPHERS: Final = "aes128-cbc,3des-cbc,blowfish-cbc,arcfour"
_MACS: Final = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512"


def ssh_kex(ciphers: str = _CIPHERS) -> bytes:
    """Return SSH_MSG_KEXINIT in its packet (RFC 4253, 7.1)."""
    lists = (_KEX, _HOST_KEYS, ciphers, ciphers, _MACS, _MACS, "none", "none", "", "")
    body = b"\x14" + tls.noise(ciphers, "cookie", 16)
    body += b"".join(struct.pack("!I", len(each)) + each.encode() for each in lists) + bytes(5)
    padding = 8 - (len(body) + 5) % 8 + 4
    return struct.pack("!IB", len(body) + padding + 1, padding) + body + bytes(padding)


def ssh_session(client: str = OPENSSH, server: str = OPENSSH, messages: int = 30) -> Lines:
    """Return banners, key exchange and encrypted packets of a session."""
    ciphers = _OLD_CIPHERS if client == OLD_OPENSSH else _CIPHERS
    lines = [
        (CLIENT, f"{client}\r\n".encode()),
        (SERVER, f"{server}\r\n".encode()),
        (CLIENT, ssh_kex(ciphers)),
        (SERVER, ssh_kex()),
        (CLIENT, struct.pack("!IBB", 44, 6, 30) + tls.noise(client, "share", 42)),
        (SERVER, struct.pack("!IBB", 460, 8, 31) + tls.noise(server, "reply", 458)),
    ]
    lines += [(n % 2, tls.noise(client, str(n), 64 + 40 * (n % 9))) for n in range(messages)]
    return lines


def dhcp(
    kind: int,
    number: int,
    mac: bytes,
    *,
    offered: str = "0.0.0.0",  # noqa: S104
    server: str = "",
    name: str = "",
    gateway: str = "",
) -> bytes:
    """Return a DHCP message (RFC 2131): 1 discover, 2 offer, 3 request, 5 acknowledgement."""
    reply = kind in (2, 5)
    assigned = IPv4Address(offered).packed if reply else bytes(4)
    head = struct.pack("!4BIHH", 2 if reply else 1, 1, 6, 0, number, 0, 0 if reply else 0x8000)
    head += bytes(4) + assigned + bytes(8) + mac.ljust(16, b"\0") + bytes(192)
    options = [(53, bytes([kind]))]
    options += [(54, IPv4Address(server).packed)] if server else []
    options += [(12, name.encode())] if name else []
    if reply:
        options += [(51, struct.pack("!I", 86_400)), (1, b"\xff\xff\xff\0")]
        options += [(3, IPv4Address(gateway).packed)] if gateway else []
    else:
        options.append((55, bytes([1, 3, 6, 15, 26, 28, 51, 58, 59, 43])))
    packed = b"".join(bytes([code, len(value)]) + value for code, value in options)
    return (head + b"\x63\x82\x53\x63" + packed + b"\xff").ljust(300, b"\0")


def ntp(now: float) -> Lines:
    """Return a client's question for the time and the answer (RFC 5905)."""
    stamp = struct.pack("!II", int(now) + 2_208_988_800, 0x40000000)
    asked = struct.pack("!BBbbIII", 0x23, 0, 6, -20, 0, 0, 0).ljust(40, b"\0") + stamp
    answered = struct.pack("!BBbbII4s", 0x24, 2, 6, -23, 700, 900, b"\x0a\0\0\x01")
    return [(CLIENT, asked), (SERVER, answered + stamp * 4)]


def smtp_submission(host: str, hello: tls.Hello, chain: tuple[bytes, ...]) -> Lines:
    """Return a mail handed in with STARTTLS (RFC 3207): nothing of it in the clear."""
    lines = [
        (SERVER, f"220 {host} ESMTP Postfix\r\n".encode()),
        (CLIENT, b"EHLO client.office.example\r\n"),
        (SERVER, f"250-{host}\r\n250-SIZE 52428800\r\n250-STARTTLS\r\n250 8BITMIME\r\n".encode()),
        (CLIENT, b"STARTTLS\r\n"),
        (SERVER, b"220 2.0.0 Ready to start TLS\r\n"),
    ]
    return lines + tls_session(hello, chain, 3_000, SERVER)


def smtp_plain(host: str, sender: str, recipient: str) -> Lines:
    """Return a mail between servers in the clear (RFC 5321)."""
    talk = (
        (SERVER, f"220 {host} ESMTP"),
        (CLIENT, "EHLO relay.example"),
        (SERVER, f"250-{host} greets you\r\n250 8BITMIME"),
        (CLIENT, f"MAIL FROM:<{sender}>"),
        (SERVER, "250 2.1.0 Ok"),
        (CLIENT, f"RCPT TO:<{recipient}>"),
        (SERVER, "250 2.1.5 Ok"),
        (CLIENT, "DATA"),
        (SERVER, "354 End data with <CR><LF>.<CR><LF>"),
        (CLIENT, f"From: {sender}\r\nTo: {recipient}\r\nSubject: Offer\r\n\r\nSee below.\r\n."),
        (SERVER, "250 2.0.0 Ok: queued"),
        (CLIENT, "QUIT"),
        (SERVER, "221 2.0.0 Bye"),
    )
    return [(side, f"{line}\r\n".encode()) for side, line in talk]


def tls_session(hello: tls.Hello, chain: tuple[bytes, ...], size: int, side: int = SERVER) -> Lines:
    """Return a TLS 1.2 session inside another talk: handshake and ``size`` bytes from a side."""
    return [
        (CLIENT, hello.record()),
        (SERVER, tls.flight12(hello, chain)),
        (CLIENT, tls.finish12(hello)),
        (SERVER, tls.changed(hello)),
        (CLIENT, tls.data(hello, 240, "request")),
        (side, tls.data(hello, size)),
    ]
