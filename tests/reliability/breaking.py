"""A capture of very many flows that break checks.

Attacks in URLs, bare addresses, clear-text logins, old TLS and refused connections, over IPv4 and
IPv6, between few hosts: so a check has some thousand alerts of some dozen flows each.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from capture_agent.demonstration.bulk import BLANK4, BLANK6
from capture_agent.demonstration.conversation import CLIENT, SERVER, Tcp
from capture_agent.demonstration.payloads import certificates, hostile, http, tls
from tests.traffic import many_flows
from tests.traffic.many_flows import Kinds, Plan, Template, template
from tests.traffic.packets import START

_INJECTION = quote("1' UNION SELECT username, password FROM users-- -")
_RSA_RC4_SHA = 0x0005


def write(path: Path, flows: int) -> int:
    """Write a capture of so many flows at 3,500 flows/s; return the number of packets."""
    plan = Plan(flows=flows, seconds=max(5.0, flows / 3_500), clients=25, servers=8, block=1_024)
    return many_flows.write(path, plan, kinds=kinds(plan))


def kinds(plan: Plan) -> Kinds:
    """Return the kinds of flows, as many of each."""
    makers = ((_injection, 80), (_bare, 80), (_login, 21), (_old, 443), (_refused, 8_080))
    families = ((4, 1 - plan.ipv6), (6, plan.ipv6))
    return [
        (share / len(makers), _made(make, port, version))
        for make, port in makers
        for version, share in families
    ]


def _made(make: Callable[[Tcp], Tcp], port: int, version: int) -> Template:
    client, server = BLANK4 if version == 4 else BLANK6
    return template(make(Tcp(client, server, (0, 0), 0.0)).packets, port, version)


def _web(connection: Tcp, asked: bytes) -> Tcp:
    return connection.open().ask(asked, http.response(http.page("Item", 400))).close()


def _injection(connection: Tcp) -> Tcp:
    return _web(connection, http.request("www.office.example", f"/item?id={_INJECTION}"))


def _bare(connection: Tcp) -> Tcp:
    return _web(connection, http.request("198.18.0.9", "/gate.php"))


def _login(connection: Tcp) -> Tcp:
    return connection.open().talk(hostile.ftp_login("backup", "Summer2026")).close()


def _refused(connection: Tcp) -> Tcp:
    return connection.refuse()


def _old(connection: Tcp) -> Tcp:
    hello = tls.Hello(
        "legacy.example.org", tls.TLS10, ("http/1.1",), (_RSA_RC4_SHA, 0x002F, 0x000A)
    )
    name = certificates.Name("legacy.example.org", "Legacy")
    issuer = certificates.Name("Example TLS CA 1", "Example Trust")
    leaf = certificates.certificate(name, issuer, datetime.fromtimestamp(START, UTC))
    flight = tls.flight12(hello, (leaf,), version=tls.TLS10, cipher=_RSA_RC4_SHA)
    connection.open().ask(hello.record(), flight)
    connection.send(CLIENT, tls.finish12(hello, tls.TLS10))
    return connection.send(SERVER, tls.changed(hello, tls.TLS10)).close()
