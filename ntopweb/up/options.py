"""The command line of ``up``."""

from __future__ import annotations

import argparse
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from ntopweb.up.fault import Fault


@dataclass(frozen=True)
class Options:
    """What ``up`` was asked for. ``speed`` is a multiple of real time, None as fast as possible."""

    data: Path
    bind: str = "127.0.0.1"
    port: int = 8000
    pcaps: tuple[Path, ...] = ()
    interfaces: tuple[str, ...] = ()
    demo: bool = False
    speed: float | None = None
    keep_time: bool = False
    exit_when_done: bool = False

    @property
    def ingest_port(self) -> int:
        """The port to which agents post: the one after the pages' port."""
        return self.port + 1

    @property
    def url(self) -> str:
        """Where the pages are, as seen from this machine."""
        return f"http://{self._local_host}:{self.port}"

    @property
    def ingest_url(self) -> str:
        """Where agents of this machine post."""
        return f"http://{self._local_host}:{self.ingest_port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the pages."""
        return self.bind == "localhost" or ipaddress.ip_address(self.bind).is_loopback

    @property
    def _local_host(self) -> str:
        if self.bind == "localhost":
            return self.bind
        address = ipaddress.ip_address(self.bind)
        if address.is_unspecified:
            return "[::1]" if address.version == 6 else "127.0.0.1"
        return f"[{address}]" if address.version == 6 else str(address)


def parser() -> argparse.ArgumentParser:
    """Return the parser of ``up``'s arguments."""
    made = argparse.ArgumentParser(
        prog="manage.py up", description="Start everything on this machine, in this terminal."
    )
    source = made.add_argument_group("what is watched (nothing given: the demonstration)")
    source.add_argument("--pcap", nargs="+", action="extend", default=[], metavar="FILE", type=Path)
    source.add_argument("--interface", action="append", default=[], metavar="IFACE")
    source.add_argument("--demo", action="store_true", help="replay the demonstration capture")
    source.add_argument("--speed", type=float, metavar="N", help="N × real time (default: fastest)")
    source.add_argument("--keep-time", action="store_true", help="keep the capture's own times")
    made.add_argument("--port", type=int, default=8000, help="the pages' port; agents use the next")
    made.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="default 127.0.0.1")
    made.add_argument("--data", type=Path, metavar="FOLDER", help="default: data")
    made.add_argument(
        "--exit-when-done",
        action="store_true",
        help="end once all given captures are replayed, stored and checked",
    )
    return made


def parse(arguments: list[str], root: Path) -> Options:
    """Return the options; raise Fault for values that cannot work, SystemExit for a wrong usage."""
    given = parser().parse_args(arguments)
    data = given.data or Path(os.environ.get("NTOPWEB_DATA") or root / "data")
    options = Options(
        data=data.expanduser().absolute(),
        bind=given.bind,
        port=given.port,
        pcaps=tuple(path.expanduser().absolute() for path in given.pcap),
        interfaces=tuple(given.interface),
        demo=given.demo,
        speed=given.speed,
        keep_time=given.keep_time,
        exit_when_done=given.exit_when_done,
    )
    check(options)
    return options


def check(options: Options) -> None:
    """Raise Fault for the first option that cannot work."""
    if not 1 <= options.port <= 65_534:
        raise Fault(f"--port {options.port} is not between 1 and 65534")
    if options.speed is not None and not 0 < options.speed < float("inf"):
        raise Fault(f"--speed {options.speed} is not a number above 0")
    if options.exit_when_done and not options.pcaps:
        raise Fault("--exit-when-done needs captures: give them with --pcap FILE…")
    check_bind(options.bind)
    for path in options.pcaps:
        if not os.access(path, os.R_OK) or path.is_dir():
            raise Fault(f"--pcap {path}: there is no such file, or it cannot be read")


def check_bind(bind: str) -> None:
    """Raise Fault unless ``bind`` is an address or ``localhost``."""
    try:
        if bind != "localhost":
            ipaddress.ip_address(bind)
    except ValueError:
        raise Fault(f"--bind {bind} is not an IP address; 0.0.0.0 means all of them") from None
