"""DNS as a means: generated names, tunnels, foreign servers; also foreign NTP, mail and DHCP."""

from __future__ import annotations

from capture_agent.demonstration.conversation import CLIENT, SERVER, Packet, exchange
from capture_agent.demonstration.packets import BROADCAST_MAC, Endpoint
from capture_agent.demonstration.payloads import dns, hostile, office
from capture_agent.demonstration.scene import Scene


def generate(
    scene: Scene, at: float, client: Endpoint, server: Endpoint, *, count: int = 12
) -> None:
    """Look for one's master under generated names; the last one exists."""
    for number, name in enumerate(hostile.generated_names(scene.random, count), 1):
        values = ("203.0.113.70",) if number == count else ()
        scene.lookup(client, name, at + number * 0.4, values, server=server)


def tunnel(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    count: int = 120,
    zone: str = "t.example.info",
) -> None:
    """Carry data out in names, and in the texts of the answers, all from one port."""
    port, lines = scene.port(client), []
    for number, name in enumerate(hostile.tunnelled_names(scene.random, count, zone)):
        text = f"{number:08x}" * 20
        lines.append((CLIENT, dns.query(number, name, dns.TXT)))
        lines.append((SERVER, dns.answer(number, name, dns.TXT, [text], ttl=0)))
    scene.udp(client, server, (port, 53), at, lines, 0.05)


def foreign_dns(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Ask a DNS server that is not the company's."""
    scene.lookup(client, "www.example.org", at, ("192.0.2.100",), server=server)


def foreign_ntp(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Ask an NTP server that is not the company's."""
    scene.udp(client, server, (0, 123), at, office.ntp(scene.start + at))


def foreign_smtp(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Send mail past the company's mail server."""
    lines = office.smtp_plain("mx.example.com", "offer@example.info", "anna@example.com")
    scene.talk(client, server, 25, at, lines)


def foreign_dhcp(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Let a second DHCP server answer a machine that asks for its lease again; IPv4 only."""
    number = scene.random.randrange(1 << 32)
    asked = office.dhcp(3, number, client.mac_bytes, name="renewing")
    given = office.dhcp(
        5,
        number,
        client.mac_bytes,
        offered=client.address,
        server=server.address,
        gateway=server.address,
    )
    lines = [(CLIENT, asked), (SERVER, given)]
    scene.udp(client, server, (68, 67), at, lines)


def listed_name(scene: Scene, at: float, client: Endpoint, server: Endpoint, *, name: str) -> None:
    """Look up a name that stands on a blacklist."""
    scene.lookup(client, name, at, ("203.0.113.66",), server=server)


def storm(scene: Scene, at: float, client: Endpoint, *, rate: int = 40, seconds: int = 5) -> None:
    """Ask for leases without end, each time as another machine; IPv4 only."""
    everyone = Endpoint(BROADCAST_MAC, "255.255.255.255")
    packets: list[Packet] = []
    for number in range(rate * seconds):
        mac = bytes([2, 0xBA, 0xD0, 0, *divmod(number, 256)])
        source = Endpoint(mac.hex(":"), "0.0.0.0", client.ttl)  # noqa: S104
        then = scene.start + at + number / rate
        packets += exchange(
            source, everyone, (68, 67), then, [(CLIENT, office.dhcp(1, number, mac))]
        )
    scene.packets += packets
