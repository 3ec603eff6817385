"""Where attacks happen: a scene, a machine inside, servers inside and outside, by family."""

from __future__ import annotations

from random import Random

from capture_agent.demonstration.packets import Endpoint
from capture_agent.demonstration.scene import Scene
from tests.traffic.packets import START, endpoint


def stage(seed: int = 1, start: float = START) -> Scene:
    """Return an empty scene."""
    return Scene(start, 600.0, Random(seed))


def insider(family: int) -> Endpoint:
    """Return a workstation inside."""
    return endpoint(21, family)


def server(family: int) -> Endpoint:
    """Return a server inside."""
    return endpoint(80, family)


def resolver(family: int) -> Endpoint:
    """Return the DNS server inside, the only one that the checks' settings allow."""
    return endpoint(53, family)


def outsider(family: int) -> Endpoint:
    """Return a machine outside that attacks."""
    return endpoint(77, family, local=False)


def site(family: int) -> Endpoint:
    """Return a server outside."""
    return endpoint(200, family, local=False)


def nowhere(number: int, family: int) -> Endpoint:
    """Return an address inside that nobody has."""
    mac = "02:00:00:00:02:01"
    if family == 4:
        return Endpoint(mac, f"10.77.{number // 250}.{number % 250 + 1}")
    return Endpoint(mac, f"fd77::{number + 1:x}")
