"""Bad lines and bad guests: lost segments, full windows, closed doors; miners and big copies."""

from __future__ import annotations

from capture_agent.demonstration.conversation import CLIENT, SERVER, Packet
from capture_agent.demonstration.packets import Endpoint, echo
from capture_agent.demonstration.payloads import hostile, http, office, tls
from capture_agent.demonstration.scene import Scene


def lose(
    scene: Scene, at: float, client: Endpoint, server: Endpoint, *, share: float = 0.4
) -> None:
    """Download over a bad line: a share of the segments comes once more."""
    hello = tls.Hello("backup.example.org", tls.TLS12)
    chain = scene.chain(hello.server_name, "Let's Encrypt")
    connection = scene.tcp(client, server, 443, at).open()
    connection.talk(office.tls_session(hello, chain, 2_000), 0.01)
    for number in range(60):
        connection.send(SERVER, tls.data(hello, 1_300, str(number)))
        if number % 10 < share * 10:
            connection.repeat(SERVER, 1_300).wait(0.2)
    scene.add(connection.close())


def stall(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Print to a printer whose buffer is full: it shuts its window again and again."""
    job = tls.noise("paper", "stalled", 2_800)
    asked = http.request(
        "printer-office.office.example", "/ipp/print", method="POST", agent="CUPS/2.4.12 IPP/2.0"
    )
    connection = scene.tcp(client, server, 80, at).open().send(CLIENT, asked)
    for _ in range(6):
        connection.send(CLIENT, job).acknowledge(SERVER, 0).wait(0.5).acknowledge(SERVER)
    scene.add(connection.close())


def knock(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    port: int = 8_443,
    times: int = 5,
) -> None:
    """Knock at a closed door some times."""
    for number in range(times):
        scene.add(scene.tcp(client, server, port, at + number * 2.0).refuse())


def call_nobody(
    scene: Scene, at: float, client: Endpoint, server: Endpoint, *, port: int = 443, times: int = 4
) -> None:
    """Call a machine that is not there; each SYN is repeated as a stack does."""
    for number in range(times):
        connection = scene.tcp(client, server, port, at + number * 5.0).syn()
        for pause in (1.0, 2.0):
            connection.wait(pause).resend_syn()
        scene.add(connection)


def copy(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    size: int = 1_150_000_000,
    seconds: float = 80.0,
    name: str = "vault.example.net",
) -> None:
    """Copy more than a gigabyte to the outside over TLS, at some 115 Mbit/s."""
    hello = tls.Hello(name, tls.TLS12)
    connection = scene.tcp(client, server, 443, at).open()
    chain = scene.chain(hello.server_name, "Let's Encrypt")
    connection.talk(office.tls_session(hello, chain, 2_000), 0.01)
    scene.add(connection.stream(CLIENT, size, seconds, 64_000).close())


def mine(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Dig for coins in a pool, in the clear."""
    connection = scene.tcp(client, server, 3333, at).open()
    scene.add(connection.talk(hostile.stratum("guest.rig1"), 2.0).close())


def beacon(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    every: float = 10.0,
    times: int = 30,
    name: str = "status.example.info",
) -> None:
    """Report to a master at even intervals: small, alike, always the same server."""
    hello = tls.Hello(name, tls.TLS12)
    chain = scene.chain(name, "Let's Encrypt")
    for number in range(times):
        scene.talk(client, server, 443, at + number * every, office.tls_session(hello, chain, 300))


def leak(scene: Scene, at: float, client: Endpoint, server: Endpoint, *, count: int = 150) -> None:
    """Carry data out in the bodies of pings, much larger and stranger than an ordinary ping's."""
    for number in range(count):
        body = tls.noise("secret", str(number), 1_200)
        then = scene.start + at + number * 0.2
        for reply, (source, target) in enumerate(((client, server), (server, client))):
            frame = echo(source, target, 9 << 16 | number, reply=bool(reply), payload=body)
            scene.packets.append(Packet(then + reply * 0.02, frame))
