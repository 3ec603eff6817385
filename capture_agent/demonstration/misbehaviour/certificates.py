"""TLS that cannot be trusted: certificates, versions, ciphers and names."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from capture_agent.demonstration.packets import Endpoint
from capture_agent.demonstration.payloads import office, tls
from capture_agent.demonstration.payloads.certificates import Name, certificate
from capture_agent.demonstration.scene import Scene

_CA: Final = Name("Example TLS CA 1", "Example Trust")
_RSA_RC4_SHA: Final = 0x0005


def _session(
    scene: Scene, at: float, pair: tuple[Endpoint, Endpoint], hello: tls.Hello, leaf: bytes
) -> None:
    client, server = pair
    scene.talk(client, server, 443, at, office.tls_session(hello, (leaf,), 6_000))


def self_signed(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Show a certificate that its own subject signed."""
    name = Name("nas.local", "Synology Inc.", "TW")
    leaf = certificate(name, name, scene.now())
    _session(scene, at, (client, server), tls.Hello("nas.local", tls.TLS12), leaf)


def expired(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Show a certificate that ended a month ago."""
    since, until = timedelta(days=-395), timedelta(days=-31)
    name = Name("shop.example.net", "Shop")
    leaf = certificate(name, _CA, scene.now(), valid_from=since, valid_until=until)
    _session(scene, at, (client, server), tls.Hello("shop.example.net", tls.TLS12), leaf)


def wrong_name(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Show a certificate of another name than the one asked for."""
    leaf = certificate(Name("www.parked.example", "Parking"), _CA, scene.now())
    _session(scene, at, (client, server), tls.Hello("bank.example.com", tls.TLS12), leaf)


def old_version(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Speak TLS 1.0 with the cipher RC4."""
    hello = tls.Hello(
        "legacy.example.org", tls.TLS10, ("http/1.1",), (_RSA_RC4_SHA, 0x002F, 0x000A)
    )
    leaf = certificate(Name("legacy.example.org", "Legacy"), _CA, scene.now())
    flight = tls.flight12(hello, (leaf,), version=tls.TLS10, cipher=_RSA_RC4_SHA)
    connection = scene.tcp(client, server, 443, at).open().ask(hello.record(), flight)
    connection.ask(tls.finish12(hello, tls.TLS10), tls.changed(hello, tls.TLS10))
    answer = tls.data(hello, 4_000, "data", tls.TLS10)
    scene.add(connection.ask(tls.data(hello, 300, "ask", tls.TLS10), answer).close())


def no_name(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Say hello without a server name, as a program that dials an address does."""
    leaf = certificate(Name("c2.example.info", "Unknown"), _CA, scene.now())
    _session(scene, at, (client, server), tls.Hello("", tls.TLS12), leaf)
