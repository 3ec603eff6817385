"""Traffic of the talk's examples: frames of scapy, TLS of OpenSSL, BitTorrent's handshake."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import trustme
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.layers.rtp import RTP
from scapy.packet import Packet as Layer
from scapy.packet import Raw

from capture_agent.demonstration.conversation import Packet

START = 1_800_000_000.0
#: Given, or scapy asks this machine's network for one.
_MAC = "02:00:00:00:70:01"
_SEGMENT = 1200
#: Before 2050, or nDPI, which looks for dates of two digits a year, does not see the issuer.
_LAST_DAY = datetime(2049, 1, 1, tzinfo=UTC)
#: Of a jumbo segment so many bytes are kept by the capture.
_KEPT, _JUMBO = 96, 65_000


class Connection:
    """A TCP connection in scapy's frames; times in seconds from START."""

    def __init__(self, client: str, server: str, port: int, at: float = 0.0) -> None:
        self._ip = IPv6 if ":" in client else IP
        self._ends, self._port, self._now = (client, server), port, at
        self._next = [1000, 5000]
        self.packets: list[Packet] = []
        for side, flags in ((0, "S"), (1, "SA"), (0, "A")):
            self._put(side, flags)

    def say(self, side: int, data: bytes, wait: float = 0.01) -> None:
        """Send bytes from the client (0) or the server (1)."""
        for start in range(0, len(data), _SEGMENT):
            self._put(side, "PA", data[start : start + _SEGMENT], wait)

    def stream(self, side: int, bits: float, seconds: float) -> None:
        """Send so many bits per second in jumbo segments.

        Of IPv4 the capture keeps a part of each; the engine parses no IPv6 packet that was cut.
        """
        segments = int(bits * seconds / 8 / _JUMBO)
        whole = bytes(self._frame(side, "A", b"\0" * _JUMBO))
        kept = _KEPT if self._ip is IP else len(whole)
        began = self._now
        for number in range(segments):
            at = START + began + number * seconds / segments
            self.packets.append(Packet(at, whole[:kept], len(whole)))
        self._now = began + seconds

    def close(self) -> None:
        """End it in order."""
        for side, flags in ((0, "FA"), (1, "FA"), (0, "A")):
            self._put(side, flags)

    def _put(self, side: int, flags: str, data: bytes = b"", wait: float = 0.01) -> None:
        self._now += wait
        self.packets.append(Packet(START + self._now, bytes(self._frame(side, flags, data))))
        self._next[side] += len(data) + ("S" in flags or "F" in flags)

    def _frame(self, side: int, flags: str, data: bytes) -> Layer:
        ports = (40_000, self._port)
        segment = TCP(
            sport=ports[side],
            dport=ports[1 - side],
            flags=flags,
            seq=self._next[side],
            ack=self._next[1 - side] if "A" in flags else 0,
            chksum=0,  # no card checks it
        )
        addresses = self._ip(src=self._ends[side], dst=self._ends[1 - side])
        return Ether(src=_MAC, dst=_MAC) / addresses / segment / Raw(data)


def tls(
    client: str, server: str, *, issuer: str, name: str, version: ssl.TLSVersion
) -> list[Packet]:
    """Return a connection in which OpenSSL speaks to itself, with a certificate of the issuer."""
    authority = trustme.CA(organization_name=issuer)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=_LAST_DAY).configure_cert(own)
    own.maximum_version = version
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(other)
    connection = Connection(client, server, 443)
    for side, data in _handshake(own, other, name):
        connection.say(side, data)
    connection.close()
    return connection.packets


def _handshake(
    server: ssl.SSLContext, client: ssl.SSLContext, name: str
) -> Iterator[tuple[int, bytes]]:
    """Yield what each side sends until both are content, and some data after."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=name)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [one, other]
    while waiting:
        for side, (speaker, outgoing) in enumerate(((one, to_server), (other, to_client))):
            if speaker in waiting and _is_content(speaker):
                waiting.remove(speaker)
            if data := outgoing.read():
                yield side, data
                outgoing.write(data)  # what was captured still has to arrive
    one.write(b"GET / HTTP/1.1\r\n\r\n")
    yield 0, to_server.read()


def _is_content(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def bittorrent(client: str, server: str, bits: float, seconds: float) -> list[Packet]:
    """Return peers that greet each other (BEP 3) and move so many bits per second."""
    greeting = b"\x13BitTorrent protocol" + bytes(8) + b"\x11" * 20 + b"-TR4060-abcdefghijkl"
    connection = Connection(client, server, 6881)
    for side in (0, 1):
        connection.say(side, greeting)
    connection.stream(1, bits, seconds)
    connection.close()
    return connection.packets


#: Zoom's server header and its header of audio, up to where RTP begins (Michel et al., 2022).
_ZOOM = b"\x05" + bytes(7) + b"\x0f" + bytes(18)


def zoom_call(client: str, server: str, *, seconds: float, every: int) -> list[Packet]:
    """Return a call of Zoom: fifty packets a second each way, each ``every``-th lost (0: none)."""
    ip = IPv6 if ":" in client else IP
    made = []
    for number in range(int(seconds * 50)):
        for side, ends in enumerate(((client, server), (server, client))):
            if every and number % every == 3:
                continue
            media = RTP(
                payload_type=113, sequence=number, timestamp=number * 960, sourcesync=77 + side
            )
            ports = (50_000, 8_801) if side == 0 else (8_801, 50_000)
            datagram = UDP(sport=ports[0], dport=ports[1]) / Raw(_ZOOM + bytes(media) + bytes(80))
            frame = Ether(src=_MAC, dst=_MAC) / ip(src=ends[0], dst=ends[1]) / datagram
            made.append(Packet(START + number * 0.02 + side * 0.005, bytes(frame)))
    return made
