"""Conversations in one call each, over IPv4 and IPv6, and ``save`` to write them.

The bytes come from the demonstration's builders; here are only the shapes that tests ask for.
"""

from __future__ import annotations

from collections.abc import Iterable

from capture_agent.demonstration.capture import save
from capture_agent.demonstration.conversation import CLIENT, SERVER, Packet, Tcp, exchange
from capture_agent.demonstration.packets import Endpoint
from capture_agent.demonstration.payloads import dns, http

__all__ = ["CLIENT", "SERVER", "Endpoint", "Packet", "Tcp", "endpoint", "exchange", "save"]

#: When captures begin unless told otherwise: 2026-01-05 08:00 UTC, a Monday.
START = 1_767_600_000.0

_LAN4, _LAN6 = "10.9.0.{}", "fd09::{:x}"
_WAN4, _WAN6 = "198.51.100.{}", "2001:db8:51::{:x}"


def endpoint(number: int, family: int = 4, *, local: bool = True, vlan: int = 0) -> Endpoint:
    """Return the n-th local or remote machine (1 … 254) by its address of a family."""
    lan, wan = (_LAN4, _WAN4) if family == 4 else (_LAN6, _WAN6)
    mac = f"02:00:00:00:{0 if local else 1:02x}:{number % 256:02x}"
    return Endpoint(mac, (lan if local else wan).format(number), 64 if local else 52, vlan)


def tcp_session(
    client: Endpoint,
    server: Endpoint,
    payloads: Iterable[tuple[int, bytes]],
    *,
    ports: tuple[int, int] = (40_000, 80),
    start: float = START,
    close: bool = True,
    gap: float = 0.01,
) -> list[Packet]:
    """Return a connection: handshake, (side, payload) in turn, FINs unless ``close`` is no."""
    connection = Tcp(client, server, ports, start).open().talk(payloads, gap)
    return (connection.close() if close else connection).packets


def udp_exchange(
    client: Endpoint,
    server: Endpoint,
    payloads: Iterable[tuple[int, bytes]],
    *,
    ports: tuple[int, int] = (40_000, 53),
    start: float = START,
) -> list[Packet]:
    """Return UDP datagrams given as (side, payload)."""
    return exchange(client, server, ports, start, payloads)


def dns_lookup(
    client: Endpoint,
    server: Endpoint,
    name: str,
    *,
    port: int = 40_000,
    start: float = START,
    values: tuple[str, ...] = ("198.18.0.1",),
    kind: int = dns.A,
    rcode: int = dns.NOERROR,
) -> list[Packet]:
    """Return a DNS question and its answer."""
    number = port & 0xFFFF
    lines = [
        (CLIENT, dns.query(number, name, kind)),
        (SERVER, dns.answer(number, name, kind, list(values), rcode=rcode)),
    ]
    return exchange(client, server, (port, 53), start, lines)


def web_page(
    client: Endpoint,
    server: Endpoint,
    *,
    host: str = "www.example.org",
    path: str = "/",
    port: int = 40_000,
    start: float = START,
    size: int = 4000,
) -> list[Packet]:
    """Return a connection that fetches one page over HTTP: no check has anything to say of it."""
    reply = http.response(http.page("Page", size))
    connection = Tcp(client, server, (port, 80), start, system="windows").open()
    return connection.ask(http.request(host, path), reply).close().packets
