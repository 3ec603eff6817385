"""People at work: pages, mail, files, meetings and paper, as dense as the hour is busy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from capture_agent.demonstration.cast import (
    MACHINES,
    PHONES,
    SITES,
    WORKSTATIONS,
    Machine,
    Site,
    remote,
)
from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.ordinary.people import read_page
from capture_agent.demonstration.payloads import http, office, smb, tls
from capture_agent.demonstration.scene import Scene

_ISSUERS: Final = ("DigiCert Inc", "Let's Encrypt", "Sectigo Limited", "Google Trust Services")
#: Further sites, as people have their own: (name, number among the documentation addresses).
MORE_SITES: Final = tuple(
    Site(
        f"{word}-{shelf}.example.{end}",
        70 + 4 * shelf + index,
        _ISSUERS[(shelf + index) % 4],
        modern=(shelf + index) % 3 > 0,
        kilobytes=120 + 90 * index,
    )
    for shelf in range(7)
    for index, (word, end) in enumerate(
        (("shop", "com"), ("news", "org"), ("forum", "net"), ("travel", "com"))
    )
)
_ALL: Final = SITES + MORE_SITES
_STAFF: Final = WORKSTATIONS + PHONES


def moments(scene: Scene, every: float, margin: float = 30.0) -> Iterator[float]:
    """Yield seconds after the scene's start at random, on average ``every`` apart."""
    at = scene.random.expovariate(1 / every)
    while at < scene.seconds - margin:
        yield at
        at += scene.random.expovariate(1 / every)


def browse(scene: Scene, busy: float) -> None:
    """Visit sites, a quarter of them over IPv6, a tenth in the clear."""
    for at in moments(scene, 6.0 / busy):
        machine = MACHINES[scene.random.choice(_STAFF)]
        if scene.random.random() < 0.1:
            read_page(scene, machine, at)
        else:
            version = 6 if scene.random.random() < 0.25 else 4
            scene.visit(machine, scene.random.choice(_ALL), at, version)


def mistype(scene: Scene, busy: float) -> None:
    """Ask for names that do not exist: typing errors, and search domains that were appended."""
    for at in moments(scene, 240.0 / busy):
        client = MACHINES[scene.random.choice(WORKSTATIONS)].v4
        wrong = scene.random.choice(_ALL).name.replace("a", "s", 1)
        scene.lookup(client, f"{wrong}.office.example", at)


def mail(scene: Scene, busy: float) -> None:
    """Read mail over IMAPS from time to time, by every machine, and hand some in."""
    host = "mail.office.example"
    hello = tls.Hello(host, tls.TLS12, alpn=("imap",))
    chain = scene.chain(host, "Let's Encrypt")
    for at in moments(scene, 40.0 / busy):
        client, version = MACHINES[scene.random.choice(_STAFF)], scene.random.choice((4, 4, 6))
        pair = client.at(version), MACHINES["mail"].at(version)
        scene.talk(*pair, 993, at, office.tls_session(hello, chain, 24_000))
        if scene.random.random() < 0.2:
            handed_in = tls.Hello(host, tls.TLS12, alpn=())
            scene.talk(*pair, 587, at + 3, office.smtp_submission(host, handed_in, chain))


def files(scene: Scene, busy: float) -> None:
    """Open and save files of the NAS over SMB 3."""
    for at in moments(scene, 90.0 / busy):
        client = MACHINES[scene.random.choice(WORKSTATIONS)]
        connection = scene.tcp(client.v4, MACHINES["nas"].v4, 445, at, client.system).open()
        connection.talk(smb.session(), 0.003)
        side = scene.random.choice((SERVER, SERVER, CLIENT))
        scene.add(connection.stream(side, scene.random.randint(1, 30) * 1_000_000, 4.0).close())


def meet(scene: Scene, busy: float) -> None:
    """Hold meetings of 10 to 25 minutes: video both ways, over TLS or UDP."""
    for at in moments(scene, 2_400.0 / busy, 1_600.0):
        client = MACHINES[scene.random.choice(WORKSTATIONS)]
        seconds = scene.random.uniform(600, 1_500)
        if scene.random.random() < 0.5:
            _meet_over_tls(scene, client, at, seconds)
        else:
            _meet_over_udp(scene, client, at, min(seconds, 700))


def _meet_over_tls(scene: Scene, client: Machine, at: float, seconds: float) -> None:
    site = next(site for site in SITES if site.name == "discord.com")
    scene.lookup(client.v4, site.name, at - 0.1, (site.address(4),))
    connection = scene.tcp(client.v4, site.at(4), 443, at, client.system)
    scene.secure(connection, site)
    while connection.now < scene.start + at + seconds:
        connection.stream(SERVER, scene.random.randint(900_000, 2_000_000), 5.0, 60_000)
        connection.stream(CLIENT, scene.random.randint(500_000, 1_200_000), 5.0, 60_000)
    scene.add(connection.close())


def _meet_over_udp(scene: Scene, client: Machine, at: float, seconds: float) -> None:
    """Send a large datagram of media ten times a second each way, as RTP."""
    site = remote("192.0.2.180")
    scene.lookup(client.v4, "media.meet.example.com", at - 0.1, (site.address,))
    count = int(seconds * 10)
    lines = [(side, _media(number, side)) for number in range(count) for side in (CLIENT, SERVER)]
    scene.udp(client.v4, site, (0, 3_478), at, lines, 0.05)


def _media(number: int, side: int) -> bytes:
    head = bytes((0x80, 96)) + (number & 0xFFFF).to_bytes(2) + (number * 9_000).to_bytes(4)
    return head + (0x5150 + side).to_bytes(4) + tls.noise("media", str(number % 32), 900)


def watch(scene: Scene, busy: float) -> None:
    """Watch a video now and then, some minutes each."""
    site = next(site for site in SITES if site.name == "www.youtube.com")
    for at in moments(scene, 1_200.0 / busy, 500.0):
        client = MACHINES[scene.random.choice(_STAFF)]
        connection = scene.tcp(client.v4, site.at(4), 443, at, client.system)
        scene.secure(connection, site)
        for _ in range(scene.random.randint(5, 40)):
            connection.stream(SERVER, scene.random.randint(3_000_000, 6_000_000), 4.0, 60_000)
            connection.send(CLIENT, bytes(200)).wait(4.0)
        scene.add(connection.close())


def work_remotely(scene: Scene, busy: float) -> None:
    """Keep SSH sessions to the own servers, with pauses to think."""
    for at in moments(scene, 1_500.0 / busy, 900.0):
        name, there = scene.random.choice((("ws-dmitri", "web"), ("ws-emma", "db")))
        connection = scene.tcp(MACHINES[name].v4, MACHINES[there].v4, 22, at).open()
        scene.add(connection.talk(office.ssh_session(messages=400), 1.6).close())


def paper(scene: Scene, busy: float) -> None:
    """Print, over IPP."""
    for at in moments(scene, 500.0 / busy):
        client, printer = scene.random.choice(WORKSTATIONS), scene.random.choice(("office", "lab"))
        asked = http.request(
            f"printer-{printer}.office.example",
            "/ipp/print",
            method="POST",
            agent="CUPS/2.4.12 IPP/2.0",
            headers=("Content-Type: application/ipp",),
            body=tls.noise("paper", str(at), scene.random.randint(8_000, 90_000)),
        )
        done = http.response(b"\1\1\0\0\0\0\0\1\3", kind="application/ipp", server="HP HTTP Server")
        pair = MACHINES[client].v4, MACHINES[f"printer-{printer}"].v4
        scene.add(
            scene.tcp(*pair, 631, at, MACHINES[client].system).open().ask(asked, done).close()
        )


PARTS: Final = (
    browse,
    mistype,
    mail,
    files,
    meet,
    watch,
    work_remotely,
    paper,
)
