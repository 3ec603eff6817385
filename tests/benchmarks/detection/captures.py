"""Attacks and ordinary minutes as captures, from a seed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Final

from capture_agent.demonstration.capture import save
from capture_agent.demonstration.cast import MACHINES, remote
from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import names, scans, trouble
from capture_agent.demonstration.packets import Endpoint
from capture_agent.demonstration.payloads import hostile, office
from capture_agent.demonstration.scene import Scene
from tests.traffic import findings
from tests.traffic.day import hours
from tests.traffic.packets import START

#: Seconds of a capture, and hours of the day from which ordinary ones are taken.
LENGTH: Final = 600.0
_HOURS: Final = (2, 3, 8, 10, 12, 15, 17, 19)
_VICTIM: Final = "ws-farid"


@dataclass(frozen=True)
class Attack:
    """A check, and what makes its attack: into a scene, by a client, as chance has it."""

    check: str
    play: Callable[[Scene, Endpoint], None]
    #: Whether its packets are captured without their payload, as only IPv4's can be.
    is_bulk: bool = False


def _tunnel(scene: Scene, client: Endpoint) -> None:
    """Carry data out in names, each from a port of its own, as resolvers do."""
    zone = f"{scene.random.choice('bcdfg')}{scene.random.randrange(999)}.example.info"
    server = MACHINES["dns"].at(client.ip.version)
    count = scene.random.randint(40, 200)
    for number, name in enumerate(hostile.tunnelled_names(scene.random, count, zone)):
        longest = scene.random.randint(24, 60)
        labels = name[:longest].rstrip(".-") + "." + zone
        at = 30 + number * scene.random.uniform(0.4, 1.0)
        scene.lookup(client, labels, at, ("192.0.2.9",), server=server)


def _dga(scene: Scene, client: Endpoint) -> None:
    server = MACHINES["dns"].at(client.ip.version)
    names.generate(scene, 60.0, client, server, count=scene.random.randint(11, 60))


def _upload(scene: Scene, client: Endpoint) -> None:
    size, seconds = scene.random.randint(55, 600) * 1_000_000, scene.random.uniform(30, 200)
    trouble.copy(scene, 20.0, client, remote("203.0.113.201"), size=size, seconds=seconds)


def _ping(scene: Scene, client: Endpoint) -> None:
    site = remote("2001:db8:66::7" if client.ip.version == 6 else "203.0.113.99")
    trouble.leak(scene, 20.0, client, site, count=scene.random.randint(30, 300))


def _in_one_socket(scene: Scene, client: Endpoint) -> None:
    site = remote("2001:db8:66::53" if client.ip.version == 6 else "203.0.113.53")
    names.tunnel(scene, 20.0, client, site, count=scene.random.randint(60, 250))


def _guess(scene: Scene, client: Endpoint) -> None:
    """Try passwords of one service, slowly or quickly."""
    kind = scene.random.choice(("ssh", "ftp", "telnet"))
    server, rate = MACHINES["web"].at(client.ip.version), scene.random.uniform(0.1, 4.0)
    port = {"ssh": 22, "ftp": 21, "telnet": 23}[kind]
    for number in range(scene.random.randint(32, 90)):
        lines = {
            "ssh": lambda: office.ssh_session("SSH-2.0-Go", messages=8),
            "ftp": lambda n=number: hostile.ftp_login("admin", f"secret{n}"),
            "telnet": lambda n=number: hostile.telnet_login("admin", f"secret{n}"),
        }[kind]()
        connection = scene.tcp(client, server, port, 10.0 + number / rate).open()
        scene.add(connection.talk(lines, 0.02).close())


def _beacon(scene: Scene, client: Endpoint) -> None:
    """Report at a period with up to a tenth of jitter each way."""
    every, jitter = scene.random.uniform(6, 38), scene.random.uniform(0, 0.1)
    site = remote("2001:db8:66::1" if client.ip.version == 6 else "203.0.113.71")
    at = 5.0
    while at < LENGTH - 20:
        trouble.beacon(scene, at, client, site, times=1)
        at += every * (1 + scene.random.uniform(-jitter, jitter))


def _dark(scene: Scene, client: Endpoint) -> None:
    """Contact many addresses where nobody is."""
    form = "2001:db8:dead::{}:{:x}" if client.ip.version == 6 else "198.18.{}.{}"
    numbers = range(scene.random.randint(90, 400))
    empty = [remote(form.format(n // 250, n % 250 + 1)) for n in numbers]
    rate = scene.random.uniform(3, 30)
    scans.machines(scene, 20.0, client, empty, rate=rate)


def _lone(scene: Scene, client: Endpoint) -> None:
    """Try ports of several machines so slowly that no minute shows it."""
    rate = scene.random.uniform(0.3, 0.5)
    numbers = range(7_000, 7_000 + int(280 * rate))
    server = MACHINES["nas"].at(client.ip.version)
    scans.ports(scene, 10.0, client, server, numbers=numbers, rate=rate)


ATTACKS: Final = (
    Attack("dns_tunnel", _tunnel),
    Attack("dns_data_exfiltration", _in_one_socket),
    Attack("data_exfiltration", _ping),
    Attack("generated_domain_lookups", _dga),
    Attack("large_upload", _upload, is_bulk=True),
    Attack("brute_force", _guess),
    Attack("beaconing", _beacon),
    Attack("host_black_hole_contacts", _dark),
    Attack("slow_scan", _lone),
)
CHECKS: Final = tuple(attack.check for attack in ATTACKS)


def attacked(attack: Attack, seed: int) -> list[Packet]:
    """Return an attack's packets; every other seed is of IPv6."""
    scene = Scene(START, LENGTH, Random(seed))  # not a secret
    family = 6 if seed % 2 and not attack.is_bulk else 4
    attack.play(scene, MACHINES[_VICTIM].at(family))
    return sorted(scene.packets, key=itemgetter(0))


def ordinary(seed: int) -> list[Packet]:
    """Return ten minutes of an office at one of the day's hours."""
    return hours.hour(START, _HOURS[seed % len(_HOURS)], 1_000 + seed, LENGTH)


def raised(packets: list[Packet]) -> set[str]:
    """Return which of the checks a capture raises, through meter, enrichment and frames."""
    active = [e for e in findings.everything(findings.ALLOWED) if e.check.key in CHECKS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture.pcap"
        save(path, packets)
        return findings.raised(path, active)
