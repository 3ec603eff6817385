"""The company's servers: DNS, web, database, mail and monitoring."""

from __future__ import annotations

import struct

from capture_agent.demonstration.cast import MACHINES, RESOLVERS, SITES, remote
from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.payloads import dns, http, office, things, tls
from capture_agent.demonstration.scene import Scene

_WATCHED = ("gateway", "printer-office", "printer-lab", "nas", "camera-door", "web", "db")


def resolve(scene: Scene) -> None:
    """Ask public resolvers what the own machines want to know."""
    at = 1.0
    while at < scene.seconds - 2:
        site = scene.random.choice(SITES)
        where = remote(scene.random.choice(RESOLVERS))
        version = where.ip.version
        kind = dns.AAAA if version == 6 else dns.A
        client = MACHINES["dns"].at(version)
        scene.lookup(client, site.name, at, (site.address(version),), kind, where)
        at += scene.random.expovariate(1 / 2.0)


def serve_web(scene: Scene) -> None:
    """Serve the company's site to visitors from outside, over TLS."""
    host, at = "www.office.example", 2.0
    hello = tls.Hello(host, tls.TLS12)
    while at < scene.seconds - 4:
        number = scene.random.randint(100, 180)
        version = 6 if scene.random.random() < 0.3 else 4
        visitor = f"2001:db8:200::{number:x}" if version == 6 else f"203.0.113.{number}"
        lines = office.tls_session(hello, scene.chain(host, "Let's Encrypt"), 9_000)
        scene.talk(remote(visitor), MACHINES["web"].at(version), 443, at, lines)
        at += scene.random.expovariate(1 / 4.0)


def query_database(scene: Scene) -> None:
    """Let the web server query PostgreSQL, in sessions of some seconds."""
    start_up = b"\0\x03\0\0user\0web\0database\0shop\0\0"
    hello = struct.pack("!I", len(start_up) + 4) + start_up
    for at in range(3, int(scene.seconds) - 9, 10):
        connection = scene.tcp(MACHINES["web"].v4, MACHINES["db"].v4, 5432, at).open()
        connection.ask(hello, _postgres(b"R", struct.pack("!I", 0)) + _ready())
        for number in range(12):
            text = f"EXECUTE items_of_shelf({number})\0".encode()
            rows = b"".join(_postgres(b"D", _row(number, each)) for each in range(30))
            done = _postgres(b"C", b"SELECT 30\0")
            connection.ask(_postgres(b"Q", text), rows + done + _ready()).wait(0.4)
        scene.add(connection.close())


def _postgres(kind: bytes, body: bytes) -> bytes:
    """Return a message of PostgreSQL's protocol, version 3."""
    return kind + struct.pack("!I", len(body) + 4) + body


def _ready() -> bytes:
    return _postgres(b"Z", b"I")


def _row(shelf: int, number: int) -> bytes:
    values = (str(number), f"Item {number} of shelf {shelf}", f"{number * 3}.50")
    packed = b"".join(struct.pack("!I", len(each)) + each.encode() for each in values)
    return struct.pack("!H", len(values)) + packed


def relay_mail(scene: Scene) -> None:
    """Take in mail from outside, with STARTTLS."""
    host = "mail.office.example"
    hello = tls.Hello(host, tls.TLS12, alpn=())
    for number, at in enumerate(range(12, int(scene.seconds) - 6, 23)):
        sender = remote(f"203.0.113.{200 + number % 20}")
        lines = office.smtp_submission(host, hello, scene.chain(host, "Let's Encrypt"))
        scene.talk(sender, MACHINES["mail"].v4, 25, at, lines)


def monitor(scene: Scene) -> None:
    """Poll machines over SNMP and take in syslog."""
    collector = MACHINES["monitor"].v4
    for at in range(5, int(scene.seconds) - 2, 30):
        for index, name in enumerate(_WATCHED):
            number = at * 100 + index
            asked = things.snmp(number, reply=False)
            answered = things.snmp(number, 8_640_000 + at * 100, reply=True)
            lines = [(CLIENT, asked), (SERVER, answered)]
            scene.udp(collector, MACHINES[name].v4, (0, 161), at + index * 0.05, lines)
    for at in range(2, int(scene.seconds) - 1, 5):
        name = scene.random.choice(("web", "db", "mail", "gateway", "nas"))
        text = things.syslog(name, f"systemd[1]: Started session {at} of user backup.")
        scene.udp(MACHINES[name].v4, collector, (514, 514), at, [(CLIENT, text)])


def health(scene: Scene) -> None:
    """Ask the web server for its health over plain HTTP."""
    for at in range(4, int(scene.seconds) - 2, 20):
        asked = http.request("web.office.example", "/health", agent="Prometheus/3.5.0")
        lines = [(CLIENT, asked), (SERVER, http.response(b"ok\n", kind="text/plain"))]
        scene.talk(MACHINES["monitor"].v4, MACHINES["web"].v4, 80, at, lines)
