"""Too much in a second: SYN, flows, DNS questions and pings, made in bulk."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from capture_agent.demonstration.bulk import Bytes, Ends, Words, expand
from capture_agent.demonstration.capture import rows
from capture_agent.demonstration.conversation import Tcp, syn_options
from capture_agent.demonstration.packets import ACK, SYN, Endpoint, echo, tcp, udp
from capture_agent.demonstration.payloads import dns, http
from capture_agent.demonstration.scene import Scene

_FIRST_PORT: Final = 52_000  # above all that is known by its port
#: Pairs of consonant and vowel as 16-bit words: names that a person could have chosen.
_SYLLABLES: Final = np.array(
    [ord(one) << 8 | ord(other) for one in "bdfgklmnprst" for other in "aeiou"], np.uint16
)


def blank(endpoint: Endpoint) -> Endpoint:
    """Return the end of a template: the same MAC, TTL and family, no address."""
    nowhere = "::" if endpoint.ip.version == 6 else "0.0.0.0"  # noqa: S104
    return Endpoint(endpoint.mac, nowhere, endpoint.ttl)


def syn(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    rate: int = 600,
    seconds: float = 8.0,
    port: int = 80,
    answered: bool = False,
) -> None:
    """Open ``rate`` connections a second and complete none; the server answers if ``answered``."""
    count = int(rate * seconds)
    times = _times(scene, at, count, rate)
    ends = _ends(client, server, _ports(count), np.full(count, port, np.uint16))
    options = syn_options("linux", client.ip.version)
    asked = tcp(blank(client), blank(server), (0, 0), SYN, options=options)
    scene.packets += rows(expand(asked, ends), times)
    if answered:
        reply = tcp(blank(server), blank(client), (0, 0), SYN | ACK, sequence=1, acknowledgement=1)
        scene.packets += rows(expand(reply, ends.reversed()), times + 0.002)


def flows(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    rate: int = 500,
    seconds: float = 6.0,
    port: int = 40_404,
) -> None:
    """Send ``rate`` datagrams a second, each from another port, each answered."""
    count = int(rate * seconds)
    times = _times(scene, at, count, rate)
    ends = _ends(client, server, _ports(count), np.full(count, port, np.uint16))
    asked = udp(blank(client), blank(server), (0, 0), b"hello, anyone there?".ljust(64, b"."))
    told = udp(blank(server), blank(client), (0, 0), b"here I am".ljust(64, b"."))
    scene.packets += rows(expand(asked, ends), times)
    scene.packets += rows(expand(told, ends.reversed()), times + 0.001)


def connections(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    rate: int = 312,
    seconds: float = 6.0,
) -> None:
    """Fetch ``rate`` pages a second, each over a connection of its own that goes to its end."""
    count = int(rate * seconds)
    times = _times(scene, at, count, rate)
    ends = _ends(client, server, _ports(count), np.full(count, 80, np.uint16))
    model = Tcp(blank(client), blank(server), (0, 0), 0.0).open()
    reply = http.response(http.page("Page", 1_200))
    for packet in model.ask(http.request("www.office.example"), reply).close().packets:
        is_sent = packet.frame[6:12] == client.mac_bytes
        frames = expand(packet.frame, ends if is_sent else ends.reversed())
        scene.packets += rows(frames, times + packet.time)


def questions(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    rate: int = 1_000,
    seconds: float = 6.0,
    sockets: int = 200,
    zone: str = "shop.example.org",
) -> None:
    """Ask for ``rate`` invented names of a zone a second, from ``sockets`` new ports a second."""
    count = int(rate * seconds)
    times = _times(scene, at, count, rate)
    ports = _ports(count * sockets // rate + 1)[np.arange(count) * sockets // rate]
    ends = _ends(client, server, ports, np.full(count, 53, np.uint16))
    words = _invented(scene, count)
    name = "a\0\0\0\0\0\0\0\0." + zone
    asked = udp(blank(client), blank(server), (0, 0), dns.query(0, name))
    denied = dns.answer(0, name, dns.A, ["192.0.2.80"])
    told = udp(blank(server), blank(client), (0, 0), denied)
    scene.packets += rows(expand(asked, ends, words), times)
    scene.packets += rows(expand(told, ends.reversed(), words), times + 0.0006)


def _invented(scene: Scene, count: int) -> dict[int, Words]:
    """Return the DNS id (offset 8 of the datagram) and four syllables of the first label."""
    chance = np.random.default_rng(scene.random.randrange(1 << 32))
    syllables = chance.choice(_SYLLABLES, (4, count))
    numbers = chance.integers(0, 1 << 16, count, dtype=np.uint16)
    return {8: numbers} | {22 + 2 * place: syllables[place] for place in range(4)}


def pings(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    rate: int = 600,
    seconds: float = 6.0,
    answered: bool = True,
) -> None:
    """Send ``rate`` pings a second with numbers that go on, answered or not."""
    count = int(rate * seconds)
    times = _times(scene, at, count, rate)
    ends = _ends(client, server, _ports(count), _ports(count))
    words = {6: np.arange(count, dtype=np.int64).astype(np.uint16)}
    body = b"are you there? ".ljust(48, b".")
    asked = echo(blank(client), blank(server), 7 << 16, reply=False, payload=body)
    scene.packets += rows(expand(asked, ends, words), times)
    if answered:
        told = echo(blank(server), blank(client), 7 << 16, reply=True, payload=body)
        scene.packets += rows(expand(told, ends.reversed(), words), times + 0.0004)


def _times(scene: Scene, at: float, count: int, rate: int) -> NDArray[np.float64]:
    return scene.start + at + np.arange(count) / rate


def _ports(count: int) -> Words:
    return (np.arange(count) % (65_536 - _FIRST_PORT) + _FIRST_PORT).astype(np.uint16)


def _ends(client: Endpoint, server: Endpoint, ports: Words, there: Words) -> Ends:
    def many(endpoint: Endpoint) -> Bytes:
        return np.tile(np.frombuffer(endpoint.packed, np.uint8), (len(ports), 1))

    return Ends(many(client), many(server), ports, there)
