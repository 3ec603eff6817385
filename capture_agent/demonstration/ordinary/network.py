"""What keeps the network going: DHCP, NTP, mDNS, LLMNR, SSDP, ARP and pings."""

from __future__ import annotations

from capture_agent.demonstration.cast import MACHINES, PHONES, WORKSTATIONS, Machine
from capture_agent.demonstration.conversation import CLIENT, Packet
from capture_agent.demonstration.packets import BROADCAST_MAC, Endpoint, arp, echo
from capture_agent.demonstration.payloads import dns, office, things
from capture_agent.demonstration.scene import Scene

_NOBODY = "0.0.0.0"  # noqa: S104
_LEASED = (*PHONES, "laptop-hana", "laptop-guest", "tv-meeting", "printer-lab")


def lease(scene: Scene) -> None:
    """Give addresses to what comes in, by the four messages of DHCP."""
    for index, name in enumerate(_LEASED):
        _lease(scene, MACHINES[name], 2.0 + index * 9)


def _lease(scene: Scene, machine: Machine, at: float) -> None:
    mac, number = machine.v4.mac_bytes, scene.random.randrange(1 << 32)
    server = MACHINES["dns"].v4
    asking = Endpoint(machine.v4.mac, _NOBODY)
    everyone = Endpoint(BROADCAST_MAC, "255.255.255.255")
    answer = {
        "offered": machine.v4.address,
        "server": server.address,
        "gateway": MACHINES["gateway"].v4.address,
    }
    for step, kind in enumerate((1, 3)):
        asked = office.dhcp(kind, number, mac, name=machine.name)
        given = office.dhcp(kind + 1 if kind == 1 else 5, number, mac, **answer)
        then = at + step * 0.1
        scene.udp(asking, everyone, (68, 67), then, [(CLIENT, asked)])
        scene.udp(server, machine.v4, (67, 68), then + 0.02, [(CLIENT, given)])


def tell_time(scene: Scene) -> None:
    """Ask the company's server for the time."""
    for index, name in enumerate((*WORKSTATIONS, "web", "db", "nas", "plc-press")):
        at = 3.0 + index * 6
        if at < scene.seconds - 2:
            lines = office.ntp(scene.start + at)
            scene.udp(MACHINES[name].v4, MACHINES["dns"].v4, (0, 123), at, lines)


def announce(scene: Scene) -> None:
    """Tell of printers and phones over mDNS, ask for neighbours over LLMNR and SSDP."""
    mdns4 = Endpoint("01:00:5e:00:00:fb", "224.0.0.251")
    mdns6 = Endpoint("33:33:00:00:00:fb", "ff02::fb")
    ssdp = Endpoint("01:00:5e:7f:ff:fa", "239.255.255.250")
    for index, at in enumerate(range(4, int(scene.seconds) - 2, 12)):
        name = ("printer-office", "iphone-anna", "nas", "laptop-hana", "tv-meeting")[index % 5]
        machine = MACHINES[name]
        told = dns.announcement(f"{name}.local", dns.A, machine.v4.address)
        scene.udp(machine.v4, mdns4, (5353, 5353), at, [(CLIENT, told)])
        told = dns.announcement(f"{name}.local", dns.AAAA, machine.v6.address)
        scene.udp(machine.v6, mdns6, (5353, 5353), at + 0.1, [(CLIENT, told)])
        search = things.ssdp_search("Windows/10.0 UPnP/1.1")
        scene.udp(MACHINES["ws-farid"].v4, ssdp, (50_120, 1900), at + 0.5, [(CLIENT, search)])
        _ask_neighbours(scene, at + 1.0)


def _ask_neighbours(scene: Scene, at: float) -> None:
    llmnr = Endpoint("01:00:5e:00:00:fc", "224.0.0.252")
    client = MACHINES["ws-ben"].v4
    asked = dns.query(scene.random.randrange(65_536), "printer-office", dns.A, 0)
    scene.udp(client, llmnr, (0, 5355), at, [(CLIENT, asked)])


def find_neighbours(scene: Scene) -> None:
    """Resolve addresses by ARP: each machine asks for the gateway and is answered."""
    gateway = MACHINES["gateway"].v4
    names = [name for name in MACHINES if name != "gateway" and MACHINES[name].network == 10]
    for at in range(1, int(scene.seconds) - 1, 2):
        asking = MACHINES[scene.random.choice(names)].v4
        then = scene.start + at
        scene.packets.append(Packet(then, arp(asking, gateway.address)))
        scene.packets.append(Packet(then + 0.0004, arp(gateway, asking.address, reply_to=asking)))


def ping(scene: Scene) -> None:
    """Let the monitoring server ping what it watches, over both families."""
    for at in range(3, int(scene.seconds) - 1, 10):
        for index, name in enumerate(("gateway", "web", "nas")):
            version = 6 if index == 1 else 4
            one, other = MACHINES["monitor"].at(version), MACHINES[name].at(version)
            number = (index + 1) << 16 | at
            body = bytes(range(48))
            then = scene.start + at + index * 0.1
            scene.packets.append(Packet(then, echo(one, other, number, reply=False, payload=body)))
            answer = echo(other, one, number, reply=True, payload=body)
            scene.packets.append(Packet(then + 0.0005, answer))
