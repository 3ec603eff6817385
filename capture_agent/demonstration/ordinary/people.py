"""People at workstations and phones: pages, videos, meetings, files, mail, SSH and paper."""

from __future__ import annotations

from capture_agent.demonstration.cast import MACHINES, PHONES, SITES, WORKSTATIONS, Machine, remote
from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.payloads import http, office, smb, tls
from capture_agent.demonstration.scene import Scene

_BY_NAME = {site.name: site for site in SITES}
_PLAIN_SITES = ("www.example.org", "news.example.net", "weather.example.com")


def browse(scene: Scene) -> None:
    """Visit sites, every few seconds another machine; a quarter of them over IPv6."""
    at = 0.5
    while at < scene.seconds - 12:
        machine = MACHINES[scene.random.choice(WORKSTATIONS + PHONES)]
        version = 6 if scene.random.random() < 0.25 else 4
        if scene.random.random() < 0.12:
            read_page(scene, machine, at)
        else:
            scene.visit(machine, scene.random.choice(SITES), at, version)
        at += scene.random.expovariate(1 / 1.1)


def read_page(scene: Scene, machine: Machine, at: float) -> None:
    """Fetch a page over plain HTTP."""
    site = scene.random.choice(_PLAIN_SITES)
    address = f"192.0.2.{100 + _PLAIN_SITES.index(site)}"
    scene.lookup(machine.v4, site, at, (address,))
    agent = http.EDGE if machine.system == "windows" else http.FIREFOX
    connection = scene.tcp(machine.v4, remote(address), 80, at + 0.02, system=machine.system).open()
    for path in ("/", "/latest", "/about"):
        asked = http.request(site, path, agent=agent)
        connection.ask(asked, http.response(http.page(site, scene.random.randint(2_000, 9_000))))
        connection.wait(0.4)
    scene.add(connection.close())


def watch(scene: Scene) -> None:
    """Stream two videos, at some 5 Mbit/s each, from beginning to end."""
    length = scene.seconds - 8
    for name, site in (("laptop-hana", "www.youtube.com"), ("tv-meeting", "www.netflix.com")):
        begin = scene.random.uniform(1, 4)
        client = MACHINES[name].v4
        scene.lookup(client, site, begin, (_BY_NAME[site].address(4),))
        connection = scene.tcp(client, _BY_NAME[site].at(4), 443, begin + 0.03)
        scene.secure(connection, _BY_NAME[site])
        for _ in range(int(length // 8)):
            connection.stream(SERVER, scene.random.randint(3_000_000, 6_000_000), 5.0, 48_000)
            connection.send(CLIENT, bytes(200)).wait(2.9)
        scene.add(connection.close())


def meet(scene: Scene) -> None:
    """Hold a meeting: video both ways over one TLS connection."""
    site = _BY_NAME["discord.com"]
    for name in ("ws-anna", "ws-emma"):
        connection = scene.tcp(MACHINES[name].v4, site.at(4), 443, scene.random.uniform(3, 6))
        scene.secure(connection, site)
        while connection.now < scene.start + scene.seconds - 6:
            connection.stream(SERVER, scene.random.randint(120_000, 300_000), 0.8, 30_000)
            connection.stream(CLIENT, scene.random.randint(80_000, 200_000), 0.7, 30_000)
        scene.add(connection.close())


def share_files(scene: Scene) -> None:
    """Read files of the NAS over SMB 3."""
    for at in range(6, int(scene.seconds) - 10, 14):
        name = scene.random.choice(WORKSTATIONS)
        connection = scene.tcp(MACHINES[name].v4, MACHINES["nas"].v4, 445, at).open()
        connection.talk(smb.session(), 0.003)
        scene.add(connection.stream(SERVER, 4_000_000, 3.0, 60_000).close())


def write_mail(scene: Scene) -> None:
    """Read mail over IMAPS and hand it in with STARTTLS."""
    host = "mail.office.example"
    hello = tls.Hello(host, tls.TLS12, alpn=("imap",))
    for index, at in enumerate(range(9, int(scene.seconds) - 10, 17)):
        client = MACHINES[WORKSTATIONS[index % len(WORKSTATIONS)]]
        version = 6 if index % 3 == 0 else 4
        pair = client.at(version), MACHINES["mail"].at(version)
        chain = scene.chain(host, "Let's Encrypt")
        scene.talk(*pair, 993, at, office.tls_session(hello, chain, 24_000))
        handed_in = tls.Hello(host, tls.TLS12, alpn=())
        scene.talk(*pair, 587, at + 2, office.smtp_submission(host, handed_in, chain))


def work_remotely(scene: Scene) -> None:
    """Keep SSH sessions to the company's own servers open."""
    for name, server in (("ws-dmitri", "web"), ("ws-emma", "db")):
        connection = scene.tcp(MACHINES[name].v4, MACHINES[server].v4, 22, 4.0).open()
        messages = office.ssh_session(messages=int(scene.seconds - 20))
        scene.add(connection.talk(messages, 0.9).close())


def print_pages(scene: Scene) -> None:
    """Print now and then, over IPP on port 80."""
    for index, at in enumerate(range(20, int(scene.seconds) - 10, 45)):
        client = MACHINES[WORKSTATIONS[index % len(WORKSTATIONS)]]
        printer = ("printer-office", "printer-lab")[index % 2]
        job = tls.noise("paper", str(index), 9_000)
        asked = http.request(
            f"{printer}.office.example",
            "/ipp/print",
            method="POST",
            agent="CUPS/2.4.12 IPP/2.0",
            headers=("Content-Type: application/ipp",),
            body=job,
        )
        done = http.response(b"\1\1\0\0\0\0\0\1\3", kind="application/ipp", server="HP HTTP Server")
        connection = scene.tcp(client.v4, MACHINES[printer].v4, 80, at, system=client.system)
        scene.add(connection.open().ask(asked, done).close())
