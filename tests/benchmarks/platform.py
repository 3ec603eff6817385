"""A platform of a benchmark's own: a durable PostgreSQL, a Valkey and the processes of ``up``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx

from ntopweb.up import programs
from ntopweb.up.data import DataFolder
from ntopweb.up.options import Options
from ntopweb.up.postgres import Postgres
from ntopweb.up.program import Program, death_pact
from ntopweb.up.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
_START = 240.0  # seconds that a process may take to answer


class Platform:
    """The servers, and by name the processes that a benchmark has started."""

    def __init__(self, folder: Path) -> None:
        self.data = DataFolder(folder)
        self.data.make()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.programs: list[Program] = []
        self.options = Options(folder, port=_free_port())

    def start_servers(self) -> None:
        """Start the servers, settings as ``up`` has them, and migrate."""
        sockets = self.data.socket_folder()
        postgres = Postgres(self.data.postgres, sockets, self.data.secret("postgres"))
        valkey = Valkey(self.data.valkey, sockets)
        postgres.make()
        self.start(postgres.program(), postgres.is_ready)
        postgres.make_database()
        self.start(valkey.program(), valkey.is_ready)
        os.environ |= {
            "NTOPWEB_SECRET_KEY": self.data.secret("key"),
            "DJANGO_SETTINGS_MODULE": "ntopweb.settings",
            "NTOPWEB_DATA": str(self.data.path),
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=ROOT, check=True)

    def start_process(self, name: str, is_ready: Callable[[], bool] = lambda: True) -> None:
        """Start one of the platform's processes and wait until it is ready."""
        self.start(next(p for p in programs.platform(self.options) if p.name == name), is_ready)

    def answers(self, name: str) -> bool:
        """Return whether a process of HTTP answers; of others nobody asks."""
        urls = {"ingest": self.options.ingest_url, "web": self.options.url}
        try:
            return name not in urls or httpx.get(urls[name], timeout=5).status_code > 0
        except httpx.HTTPError:
            return False

    def start(self, program: Program, is_ready: Callable[[], bool]) -> None:
        """Start a program; raise RuntimeError with its last words when it ends too early."""
        log = self.data.path / f"{program.name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                program.argv,
                cwd=self.data.path if "postgres" in program.name else ROOT,
                env=os.environ | dict(program.environment),
                stdout=output,
                stderr=output,
                preexec_fn=death_pact(program.stop_signal, os.getpid()),
            )
        self.processes[program.name] = process
        self.programs.append(program)
        until = time.monotonic() + _START
        while not is_ready():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{program.name}: {log.read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the processes, the servers last."""
        for program in reversed(self.programs):
            process = self.processes[program.name]
            process.send_signal(program.stop_signal)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:  # a worker ends its task first
                process.kill()
                process.wait()

    def cpu_seconds(self, name: str) -> float:
        """Return the CPU seconds of a process, its children, and those of them that ended."""
        return sum(_cpu(pid) for pid in family(self.processes[name].pid))

    def peak_bytes(self, name: str) -> int:
        """Return the greatest memory that any process of the family ever had (VmHWM)."""
        return max(_peak(pid) for pid in family(self.processes[name].pid))


@contextmanager
def platform(*names: str) -> Iterator[Platform]:
    """Run servers and the named processes in a temporary folder; Django is ready to use."""
    with tempfile.TemporaryDirectory(prefix="ntopweb-bench-", ignore_cleanup_errors=True) as name:
        made = Platform(Path(name))
        try:
            made.start_servers()
            for process in names:
                made.start_process(process, partial(made.answers, process))
            _set_up_django()
            yield made
        finally:
            made.stop()


def _set_up_django() -> None:
    import django

    django.setup()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def family(pid: int) -> list[int]:
    """Return a process and its descendants that live."""
    return [pid, *(found for child in _children(pid) for found in family(child))]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            found += map(int, file.read_text().split())
    return found


def _cpu(pid: int) -> float:
    """Return user and system seconds of a process and its reaped children (proc(5), stat)."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    sizes = {line.partition(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
    return int(sizes.get("VmHWM", 0)) * 1024
