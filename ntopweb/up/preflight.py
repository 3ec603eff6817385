"""What must hold before anything starts; each check raises Fault with what to do."""

from __future__ import annotations

import shutil
import socket
import sys
from pathlib import Path
from typing import Final

from ntopweb.up import given_servers
from ntopweb.up.fault import Fault
from ntopweb.up.options import Options

#: A first start writes about 150 MB: the cluster, static files, the first flows.
ROOM = 500 * 2**20

#: The first bytes of pcap (µs and ns, both byte orders, Kuznetzov's) and of pcapng.
_CAPTURES: Final = (
    "a1b2c3d4",
    "d4c3b2a1",
    "a1b23c4d",
    "4d3cb2a1",
    "a1b2cd34",
    "34cdb2a1",
    "0a0d0d0a",
)


def check(options: Options) -> None:
    """Raise Fault for the first thing, beside a full disk, that would keep ``up`` from working."""
    check_port(options.bind, options.port, "the pages")
    check_port(options.bind, options.ingest_port, "the agents (always the one after --port)")
    for name in options.interfaces:
        check_capture(name)
    for path in options.pcaps:
        check_file(path)
    given_servers.check_given()


def check_file(path: Path) -> None:
    """Raise Fault when a file is empty or does not begin as a capture does."""
    if not path.is_file():  # a pipe would be read up
        return
    with path.open("rb") as file:
        first = file.read(4)
    if not first:
        raise Fault(f"--pcap {path}: the file is empty: name another, or capture again")
    if first.hex() not in _CAPTURES:
        raise Fault(f"--pcap {path}: not a pcap or pcapng file: name another")


def check_disk(folder: Path) -> None:
    """Raise Fault when the data folder's disk is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise Fault(
            f"the disk of {folder} has only {free // 2**20} MB left and {ROOM // 2**20} are "
            f"needed: make room, or name a folder on another disk with --data"
        )


def check_port(bind: str, port: int, purpose: str) -> None:
    """Raise Fault when the port is taken or not ours to take."""
    advice = "give another with --port N"
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except PermissionError:
            raise Fault(f"port {port} is for root only: {advice}") from None
        except OSError as error:
            if error.errno not in (98, 48):  # EADDRINUSE of Linux and BSD
                raise Fault(f"cannot listen on {bind} ({error.strerror}): see --bind") from None
            raise Fault(
                f"port {port} for {purpose} is in use: stop what uses it, or {advice}"
            ) from None


def check_capture(interface: str) -> None:
    """Raise Fault when there is no such network card, or capturing is not permitted."""
    names = [name for _, name in socket.if_nameindex()]
    if interface not in names:
        raise Fault(f"--interface {interface}: there is none; this machine has {', '.join(names)}")
    if not may_capture():
        capability = "--inh-caps=+net_raw --ambient-caps=+net_raw"
        raise Fault(
            f"capturing on {interface} is not permitted: run as root, or give this user the right "
            f"with: sudo setpriv --reuid=$USER --regid=$(id -g) --init-groups {capability} "
            f"python3 {' '.join(sys.argv)}"
        )


def may_capture() -> bool:
    """Return whether this process may open a packet socket (CAP_NET_RAW)."""
    if not hasattr(socket, "AF_PACKET"):
        return True  # not Linux: libpcap will say
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return False
    return True
