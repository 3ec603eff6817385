"""The stage: a clock, the machines, chance, and what everyone does there: look up, fetch, ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from capture_agent.demonstration.cast import MACHINES, Machine, Site
from capture_agent.demonstration.conversation import CLIENT, SERVER, Packet, Tcp, exchange
from capture_agent.demonstration.packets import Endpoint
from capture_agent.demonstration.payloads import dns, tls
from capture_agent.demonstration.payloads.certificates import Name, certificate

Lines = Iterable[tuple[int, bytes]]


@dataclass
class Scene:
    """Packets in the making, from ``start`` (seconds since the epoch) for ``seconds``.

    All times given to its methods are seconds after the start.
    """

    start: float
    seconds: float
    random: Random
    packets: list[Packet] = field(default_factory=list)
    _ports: dict[str, int] = field(default_factory=dict)

    def port(self, machine: Endpoint) -> int:
        """Return a client port that this address has not used yet."""
        before = self._ports.get(machine.address)
        if before is None:
            before = self.random.randint(33_000, 40_000)
        self._ports[machine.address] = port = before + 1
        if port > 65_535:
            raise ValueError(f"{machine.address} has used up its client ports")
        return port

    def tcp(
        self, client: Endpoint, server: Endpoint, port: int, at: float, system: str = "linux"
    ) -> Tcp:
        """Return a connection that begins at ``at``; :meth:`add` it when it is complete."""
        local = server.address in _LOCAL and client.address in _LOCAL
        trip = 0.0006 if local else self.random.uniform(0.008, 0.04)
        ports = (self.port(client), port)
        return Tcp(client, server, ports, self.start + at, rtt_server=trip, system=system)

    def add(self, connection: Tcp) -> None:
        """Take over what a connection sent."""
        self.packets += connection.packets

    def talk(self, client: Endpoint, server: Endpoint, port: int, at: float, lines: Lines) -> None:
        """Do a whole TCP conversation."""
        self.add(self.tcp(client, server, port, at).open().talk(lines).close())

    def udp(
        self,
        client: Endpoint,
        server: Endpoint,
        ports: tuple[int, int],
        at: float,
        lines: Lines,
        gap: float = 0.004,
    ) -> None:
        """Do a UDP exchange; a client port of 0 takes the next free one."""
        pair = (ports[0] or self.port(client), ports[1])
        self.packets += exchange(client, server, pair, self.start + at, lines, gap)

    def lookup(
        self,
        client: Endpoint,
        name: str,
        at: float,
        values: tuple[str, ...] = (),
        kind: int = dns.A,
        server: Endpoint | None = None,
    ) -> None:
        """Ask the company's DNS server, or another one; no values: no such name."""
        server = server or MACHINES["dns"].at(client.ip.version)
        number = self.random.randrange(65_536)
        rcode = dns.NOERROR if values else dns.NXDOMAIN
        answer = dns.answer(number, name, kind, list(values), rcode=rcode)
        asked = dns.query(number, name, kind)
        self.udp(client, server, (0, 53), at, [(CLIENT, asked), (SERVER, answer)], 0.012)

    def visit(self, machine: Machine, site: Site, at: float, version: int = 4) -> None:
        """Look a site up and fetch something from it over TLS."""
        client = machine.at(version)
        kind = dns.AAAA if version == 6 else dns.A
        self.lookup(client, site.name, at, (site.address(version),), kind)
        size = self.random.randint(20, 60 if version == 6 else site.kilobytes) * 1_000
        connection = self.tcp(client, site.at(version), 443, at + 0.03, system=machine.system)
        self.secure(connection, site)
        self.add(connection.stream(SERVER, size, 0.4 + size / 600_000).close())

    def secure(self, connection: Tcp, site: Site) -> tls.Hello:
        """Do the TLS handshake of a site and its first request."""
        version = tls.TLS13 if site.modern else tls.TLS12
        hello = tls.Hello(site.name, version)
        connection.open()
        if site.modern:
            connection.ask(hello.record(), tls.flight13(hello)).send(CLIENT, tls.changed(hello))
        else:
            flight = tls.flight12(hello, self.chain(site.name, site.issuer))
            connection.ask(hello.record(), flight)
            connection.ask(tls.finish12(hello), tls.changed(hello))
        connection.ask(tls.data(hello, 420, "request"), tls.data(hello, 1_300, "page"))
        return hello

    def chain(self, name: str, issuer: str) -> tuple[bytes, ...]:
        """Return a good certificate for a name, and its issuer's."""
        return _chain(name, issuer, self.start)

    def now(self) -> datetime:
        """Return the start as a date."""
        return datetime.fromtimestamp(self.start, UTC)


@lru_cache(maxsize=256)
def _chain(name: str, issuer: str, start: float) -> tuple[bytes, ...]:
    now = datetime.fromtimestamp(start, UTC)
    authority = Name(f"{issuer} TLS CA 1", issuer)
    root = Name(f"{issuer} Root", issuer)
    leaf = certificate(Name(name, "Example Ltd"), authority, now)
    return leaf, certificate(authority, root, now)


_LOCAL = {address for m in MACHINES.values() for address in (m.v4.address, m.v6.address)}
