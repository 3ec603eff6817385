"""Two hosts on one machine: network namespaces joined by a veth pair, and who may capture there.

Nothing leaves the machine: the namespaces have no other link. Needs root (or CAP_SYS_ADMIN) and
Debian's iproute2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534
#: What runs on the link, by Debian's package.
PROGRAMS = {
    "ip": "iproute2",
    "setpriv": "util-linux",
    "curl": "curl",
    "dig": "dnsutils",
    "dnsmasq": "dnsmasq-base",
    "iperf3": "iperf3",
}


def run(*command: str) -> str:
    """Run a command and return what it printed; raises CalledProcessError with its words."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def unavailable() -> str:
    """Return why namespaces cannot be made here, or ""."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    return f"apt-get install {' '.join(missing)}" if missing else ""


@dataclass(frozen=True)
class Link:
    """A veth pair: ``left`` and ``right`` are namespaces, each with an interface and addresses."""

    left: str
    right: str
    left_interface: str = "veth-left"
    right_interface: str = "veth-right"
    left_addresses: tuple[str, str] = ("10.200.0.1", "fd00:200::1")
    right_addresses: tuple[str, str] = ("10.200.0.2", "fd00:200::2")

    def on_left(self, *command: str) -> list[str]:
        """Return the command line that runs there."""
        return ["ip", "netns", "exec", self.left, *command]

    def on_right(self, *command: str) -> list[str]:
        """Return the command line that runs there."""
        return ["ip", "netns", "exec", self.right, *command]


def capturing_user(*command: str) -> list[str]:
    """Return the command line that runs as an ordinary user whose one privilege is CAP_NET_RAW."""
    return [
        *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
        *("--inh-caps=+net_raw", "--ambient-caps=+net_raw", "--bounding-set=-all,+net_raw"),
        *command,
    ]


def python_for_everyone() -> tuple[str, dict[str, str]]:
    """Return an interpreter that any user may run, and the environment with our packages."""
    packages = str(Path(next(p for p in sys.path if p.endswith("site-packages"))))
    environment = {
        "PYTHONPATH": f"{PROJECT}:{packages}",
        "HOME": "/tmp",
        "NUMBA_CACHE_DIR": "/tmp/ntopweb-numba",
    }
    system = f"/usr/bin/python3.{sys.version_info.minor}"
    reachable = not os.path.realpath(sys.executable).startswith("/root/")
    return (sys.executable if reachable else system), os.environ | environment


def _configure(namespace: str, interface: str, addresses: tuple[str, str]) -> None:
    inside = ("ip", "-n", namespace)
    run(*inside, "link", "set", interface, "up")
    run(*inside, "link", "set", "lo", "up")
    run(*inside, "addr", "add", f"{addresses[0]}/24", "dev", interface)
    run(*inside, "addr", "add", f"{addresses[1]}/64", "dev", interface, "nodad")


@contextmanager
def link() -> Iterator[Link]:
    """Make the two namespaces, and remove them afterwards with all that runs in them."""
    pair = Link(left=f"ntw-left-{os.getpid()}", right=f"ntw-right-{os.getpid()}")
    for namespace in (pair.left, pair.right):
        run("ip", "netns", "add", namespace)
    try:
        run(
            *("ip", "-n", pair.left, "link", "add", pair.left_interface, "type", "veth"),
            *("peer", "name", pair.right_interface, "netns", pair.right),
        )
        _configure(pair.left, pair.left_interface, pair.left_addresses)
        _configure(pair.right, pair.right_interface, pair.right_addresses)
        yield pair
    finally:
        for namespace in (pair.left, pair.right):
            for pid in run("ip", "netns", "pids", namespace).split():
                subprocess.run(["kill", "-9", pid], check=False)
            run("ip", "netns", "del", namespace)
