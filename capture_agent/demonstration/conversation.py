"""Two machines in conversation: TCP connections with handshake, segments and close, and UDP.

A :class:`Tcp` is a small clock with two sequence numbers. Times are seconds since the epoch; the
capture point is near the client, so that the server's round trip is the longer one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from capture_agent.demonstration.packets import ACK, FIN, PSH, RST, SYN, Endpoint, tcp, udp


class Packet(NamedTuple):
    """A captured frame; ``length`` is its size on the wire, 0 when all of it was captured."""

    time: float  # seconds since the epoch
    frame: bytes
    length: int = 0


CLIENT, SERVER = 0, 1

#: Bytes of payload that a capture keeps of a bulk segment.
_SNAPSHOT: Final = 16

#: SYN options by kind of system, in the order that its stack sends them.
_WINDOW_SCALE: Final = {"linux": 7, "windows": 8, "apple": 6, "thing": 0}


def syn_options(system: str, version: int = 4) -> bytes:
    """Return a SYN's TCP options as the named system orders them, in whole words."""
    size = struct.pack("!BBH", 2, 4, 1460 if version == 4 else 1440)
    scale = struct.pack("!BBB", 3, 3, _WINDOW_SCALE[system])
    stamp = struct.pack("!BBII", 8, 10, 0x10203040, 0)
    return {
        "linux": size + b"\x04\x02" + stamp + b"\x01" + scale,
        "windows": size + b"\x01" + scale + b"\x01\x01\x04\x02",
        "apple": size + b"\x01" + scale + b"\x01\x01" + stamp + b"\x04\x02\x00\x00",
        "thing": size,
    }[system]


@dataclass
class Tcp:
    """A TCP connection in the making; ``packets`` is what the capture has seen of it."""

    client: Endpoint
    server: Endpoint
    ports: tuple[int, int]
    now: float
    rtt_server: float = 0.02  # SYN to SYN-ACK
    rtt_client: float = 0.0006  # SYN-ACK to ACK
    system: str = "linux"
    mss: int = 1400
    packets: list[Packet] = field(default_factory=list)
    _next: list[int] = field(default_factory=lambda: [1_000_000, 3_000_000])

    def _emit(self, side: int, flags: int, **fields: object) -> None:
        ends = (self.client, self.server) if side == CLIENT else (self.server, self.client)
        ports = self.ports if side == CLIENT else self.ports[::-1]
        sequence = fields.pop("sequence", self._next[side])
        acknowledged = self._next[1 - side] if flags & ACK else 0
        frame = tcp(*ends, ports, flags, sequence=sequence, acknowledgement=acknowledged, **fields)  # type: ignore[arg-type]
        unseen = fields.get("unseen")
        length = len(frame) + unseen if isinstance(unseen, int) else 0
        self.packets.append(Packet(self.now, frame, length))

    def wait(self, seconds: float) -> Tcp:
        """Let time pass."""
        self.now += seconds
        return self

    def syn(self) -> Tcp:
        """Send the SYN alone."""
        self._emit(CLIENT, SYN, options=syn_options(self.system, self.client.ip.version))
        self._next[CLIENT] += 1
        return self

    def resend_syn(self) -> Tcp:
        """Send the SYN once more."""
        self._next[CLIENT] -= 1
        return self.syn()

    def open(self) -> Tcp:
        """Do the three-way handshake."""
        self.syn().wait(self.rtt_server)
        self._emit(SERVER, SYN | ACK, options=syn_options(self.system, self.client.ip.version))
        self._next[SERVER] += 1
        self.wait(self.rtt_client)._emit(CLIENT, ACK)
        return self.wait(0.0001)

    def refuse(self) -> Tcp:
        """Send a SYN and answer it with RST."""
        self.syn().wait(self.rtt_server)
        self._emit(SERVER, RST | ACK, window=0)
        return self

    def send(self, side: int, payload: bytes, gap: float = 0.00012) -> Tcp:
        """Send a payload in segments ``gap`` seconds apart; every second one is acknowledged."""
        for start in range(0, len(payload), self.mss):
            part = payload[start : start + self.mss]
            self._emit(side, ACK | PSH, payload=part)
            self._next[side] += len(part)
            self.wait(gap)
            if start // self.mss % 2:
                self._emit(1 - side, ACK)
        return self.wait(self.rtt_server / 2 if side == CLIENT else self.rtt_client)

    def ask(self, request: bytes, answer: bytes, gap: float = 0.00012) -> Tcp:
        """Send a request from the client and an answer from the server, half a trip later each."""
        return self.send(CLIENT, request).wait(self.rtt_server / 2).send(SERVER, answer, gap)

    def stream(self, side: int, size: int, seconds: float, segment: int = 15_000) -> Tcp:
        """Send ``size`` bytes evenly over ``seconds``, of which the capture keeps the headers.

        Segments are as large as a network card with offload hands them up (at most 64 KB). Over
        IPv6 they are captured whole: nDPI's engine refuses packets shorter than they say.
        """
        shown = segment if self.client.ip.version == 6 else _SNAPSHOT
        for start in range(0, size, segment):
            part = min(segment, size - start)
            seen = min(part, shown)
            self._emit(side, ACK, payload=bytes(seen), unseen=part - seen)
            self._next[side] += part
            self.wait(seconds * part / size)
            if start // segment % 4 == 0:
                self._emit(1 - side, ACK)
        return self

    def talk(self, lines: Iterable[tuple[int, bytes]], gap: float = 0.05) -> Tcp:
        """Send (side, payload) one after the other, ``gap`` seconds apart."""
        for side, payload in lines:
            self.send(side, payload).wait(gap)
        return self

    def acknowledge(self, side: int, window: int = 64240) -> Tcp:
        """Send a bare ACK; ``window`` 0 stops the other side."""
        self._emit(side, ACK, window=window)
        return self.wait(0.0005)

    def repeat(self, side: int, length: int = 1400) -> Tcp:
        """Send the last ``length`` bytes of this side's stream once more: a retransmission."""
        start = self._next[side] - length
        self._emit(side, ACK, sequence=start, payload=bytes(length))
        return self.wait(0.0005)

    def close(self) -> Tcp:
        """End with FIN from both sides."""
        self._emit(CLIENT, FIN | ACK)
        self._next[CLIENT] += 1
        self.wait(self.rtt_server)._emit(SERVER, FIN | ACK)
        self._next[SERVER] += 1
        self.wait(self.rtt_client)._emit(CLIENT, ACK)
        return self

    def reset(self, side: int = CLIENT) -> Tcp:
        """End with RST."""
        self._emit(side, RST | ACK, window=0)
        return self


def exchange(
    client: Endpoint,
    server: Endpoint,
    ports: tuple[int, int],
    now: float,
    datagrams: Iterable[tuple[int, bytes]],
    gap: float = 0.004,
) -> list[Packet]:
    """Return UDP datagrams given as (side, payload), ``gap`` seconds apart."""
    packets: list[Packet] = []
    for side, payload in datagrams:
        ends = (client, server) if side == CLIENT else (server, client)
        frame = udp(*ends, ports if side == CLIENT else ports[::-1], payload)
        packets.append(Packet(now, frame))
        now += gap
    return packets
