"""Looking for open doors: ports of one machine, machines of a network."""

from __future__ import annotations

from collections.abc import Iterable

from capture_agent.demonstration.conversation import Packet, Tcp
from capture_agent.demonstration.packets import Endpoint, tcp
from capture_agent.demonstration.scene import Scene


def ports(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    numbers: Iterable[int] = range(1, 401),
    rate: float = 80.0,
    refused: bool = True,
) -> None:
    """Try ports one after the other; the machine refuses them, or a firewall swallows them."""
    for index, number in enumerate(numbers):
        pair = (scene.port(client), number)
        attempt = Tcp(client, server, pair, scene.start + at + index / rate, rtt_server=0.0005)
        scene.add(attempt.refuse() if refused else attempt.syn())


def machines(
    scene: Scene,
    at: float,
    client: Endpoint,
    servers: Iterable[Endpoint],
    *,
    port: int = 445,
    rate: float = 150.0,
) -> None:
    """Try one port of many machines that are not there."""
    for index, server in enumerate(servers):
        pair = (scene.port(client), port)
        scene.add(Tcp(client, server, pair, scene.start + at + index / rate).syn())


def odd_flags(
    scene: Scene, at: float, client: Endpoint, server: Endpoint, *, flags: int = 0x29
) -> None:
    """Try some ports with flags no stack sends: 0 is a NULL scan, 0x29 (FIN, PSH, URG) XMAS."""
    for index, number in enumerate(range(20_001, 20_011)):
        frame = tcp(client, server, (scene.port(client), number), flags, window=1_024)
        scene.packets.append(Packet(scene.start + at + index * 0.05, frame))
