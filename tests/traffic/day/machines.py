"""What runs without people: monitoring, databases, automation, updates, and backups at night."""

from __future__ import annotations

from typing import Final

from capture_agent.demonstration.cast import MACHINES, PHONES, WORKSTATIONS, Site, remote
from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.ordinary import devices, network, servers
from capture_agent.demonstration.payloads import dns, http, office, smb, tls
from capture_agent.demonstration.scene import Scene
from tests.traffic.day.people import moments

#: Parts of the demonstration that fill an hour as they fill minutes.
AROUND_THE_CLOCK: Final = (
    servers.serve_web,
    servers.query_database,
    servers.relay_mail,
    servers.monitor,
    servers.health,
    devices.report,
    devices.update,
    network.ping,
)
_STORE: Final = Site("backups.s3.eu-central-1.amazonaws.com", 190, "Amazon", modern=False)
_UPDATES: Final = Site("download.windowsupdate.com", 191, "Microsoft Corporation", modern=False)
_SCRAPED: Final = ("web", "db", "mail", "nas")


def scrape(scene: Scene) -> None:
    """Read the servers' metrics every 15 seconds, over one connection each an hour."""
    body = http.response(http.page("node_cpu_seconds_total", 6_000), kind="text/plain")
    asked = http.request("exporter.office.example", "/metrics", agent="Prometheus/3.5.0")
    for index, name in enumerate(_SCRAPED):
        pair = MACHINES["monitor"].v4, MACHINES[name].v4
        connection = scene.tcp(*pair, 9_100, 1.0 + index).open()
        while connection.now < scene.start + scene.seconds - 20:
            connection.ask(asked, body).wait(15.0)
        scene.add(connection.close())


def automate(scene: Scene) -> None:
    """Visit every server over SSH twice an hour, as a configuration manager does."""
    for run, name in enumerate((*_SCRAPED, "dns", "pbx") * 2):
        at = 100.0 + 240.0 * run + scene.random.uniform(0, 60)
        lines = office.ssh_session(messages=24)
        if at < scene.seconds - 60:
            scene.talk(MACHINES["monitor"].v4, MACHINES[name].v4, 22, at, lines)


def resolve(scene: Scene) -> None:
    """Ask public resolvers, and look names up in reverse for the logs."""
    for at in moments(scene, 20.0):
        where = remote(scene.random.choice(("1.1.1.1", "8.8.8.8", "2606:4700:4700::1111")))
        client = MACHINES["dns"].at(where.ip.version)
        name = f"host-{scene.random.randint(1, 60)}.example.org"
        scene.lookup(client, name, at, ("192.0.2.140",), dns.A, where)
    for at in moments(scene, 45.0):
        number = scene.random.randint(1, 250)
        asked = f"{number}.113.0.203.in-addr.arpa"
        values = (f"visitor-{number}.example.net",)
        scene.lookup(MACHINES["web"].v4, asked, at, values, dns.PTR)


def keep_going(scene: Scene) -> None:
    """Renew leases, tell the time, find neighbours and announce services."""
    network.lease(scene)
    network.tell_time(scene)
    part = Scene(scene.start + 60, 300, scene.random)
    network.find_neighbours(part)
    network.announce(part)
    scene.packets += part.packets


def film(scene: Scene) -> None:
    """Record ten minutes of the cameras: they move only when somebody does."""
    part = Scene(scene.start + 900, 600, scene.random)
    devices.film(part)
    devices.control(part)
    devices.call(part)
    scene.packets += part.packets


def push(scene: Scene) -> None:
    """Keep the phones' connection for messages, with a sign of life every few minutes."""
    site = Site("push.apple.com", 192, "Apple Inc.")
    for name in PHONES:
        connection = scene.tcp(MACHINES[name].v4, site.at(4), 5_223, scene.random.uniform(1, 60))
        hello = scene.secure(connection, site)
        while connection.now < scene.start + scene.seconds - 900:
            connection.ask(tls.data(hello, 90, "alive"), tls.data(hello, 90, "yes"))
            connection.wait(scene.random.uniform(180, 700))
        scene.add(connection.close())


def update(scene: Scene) -> None:
    """Fetch updates, hundreds of megabytes each, one machine after the other."""
    for index, name in enumerate(WORKSTATIONS[:4]):
        client, at = MACHINES[name], 300.0 + 500.0 * index
        scene.lookup(client.v4, _UPDATES.name, at, (_UPDATES.address(4),))
        connection = scene.tcp(client.v4, _UPDATES.at(4), 443, at + 0.1, client.system)
        scene.secure(connection, _UPDATES)
        scene.add(connection.stream(SERVER, 150_000_000, 60.0, 60_000).close())


def back_up(scene: Scene) -> None:
    """Copy the servers to the NAS, and the NAS to a store outside."""
    for index, name in enumerate(("web", "db", "mail")):
        pair = MACHINES[name].v4, MACHINES["nas"].v4
        connection = scene.tcp(*pair, 445, 60.0 + 400.0 * index).open().talk(smb.session(), 0.003)
        scene.add(connection.stream(CLIENT, 400_000_000, 240.0, 60_000).close())
    nas = MACHINES["nas"].v4
    scene.lookup(nas, _STORE.name, 1_500.0, (_STORE.address(4),))
    for part in range(5):
        connection = scene.tcp(nas, _STORE.at(4), 443, 1_501.0 + 240.0 * part)
        scene.secure(connection, _STORE)
        scene.add(connection.stream(CLIENT, 200_000_000, 200.0, 60_000).close())


EVERY_HOUR: Final = (scrape, automate, resolve, keep_going, film, push)
#: By the hour of the day in which they run.
AT_NIGHT: Final = {2: back_up, 3: update}
