"""``manage.py test``: everything that CI checks, against real servers of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ntopweb.up import frontend
from ntopweb.up.bootstrap import say
from ntopweb.up.data import DataFolder
from ntopweb.up.fault import Fault
from ntopweb.up.postgres import Postgres
from ntopweb.up.program import Program, death_pact
from ntopweb.up.valkey import Valkey

PACKAGES = ("capture_agent", "monitoring", "checks", "alerts", "recipients", "ntopweb")

#: Seconds that a server may take to answer.
_START = 60.0


def stages() -> dict[str, list[str]]:
    """Return what runs before the tests, by name."""
    python = sys.executable
    scripts = Path(python).parent
    return {
        "ruff": [str(scripts / "ruff"), "check", "."],
        "format": [str(scripts / "ruff"), "format", "--check", "."],
        "types": [str(scripts / "mypy"), *PACKAGES],
        "contracts": [str(scripts / "lint-imports")],
        "migrations": [python, "-m", "django", "makemigrations", "--check", "--dry-run"],
    }


def run(arguments: list[str], root: Path) -> int:
    """Run everything, or with arguments pytest alone with these; return 0 when all passed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    frontend.install(root)
    pytest = [sys.executable, "-m", "pytest"]
    plan = {} if arguments else stages()
    plan["tests"] = [*pytest, *(arguments or ["-n", "2", "--dist", "loadgroup"])]
    with servers() as environment:
        passed = {name: stage(name, argv, root, environment) for name, argv in plan.items()}
    failed = [name for name, is_good in passed.items() if not is_good]
    say(f"FAILED: {', '.join(failed)}" if failed else f"all passed: {', '.join(passed)}")
    return 1 if failed else 0


def stage(name: str, argv: list[str], root: Path, environment: dict[str, str]) -> bool:
    """Run one stage with its output on the terminal; return whether it passed."""
    say(f"== {name}")
    started = time.monotonic()
    passed = subprocess.run(argv, cwd=root, env=os.environ | environment).returncode == 0
    say(f"== {name} {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.0f} s\n")
    return passed


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Run a PostgreSQL and a Valkey of our own; yield the environment that names them."""
    folder = Path(tempfile.mkdtemp(prefix="ntopweb-test-"))
    running: list[subprocess.Popen[bytes]] = []
    try:
        yield start_servers(folder, running)
    finally:
        for process in reversed(running):
            process.send_signal(signal.SIGINT)
        for process in running:
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def start_servers(folder: Path, running: list[subprocess.Popen[bytes]]) -> dict[str, str]:
    """Start what the environment does not name; return the variables that the tests need."""
    data = DataFolder(folder)
    data.make()
    found = {
        "NTOPWEB_SECRET_KEY": data.secret("key"),
        "DJANGO_SETTINGS_MODULE": "ntopweb.settings",
        "NTOPWEB_DATA": str(folder),
        "NTOPWEB_STATIC": str(data.static),
    }
    sockets = data.socket_folder()
    if "DATABASE_URL" not in os.environ:
        postgres = Postgres(data.postgres, sockets, data.secret("postgres"), is_temporary=True)
        postgres.make()
        start(postgres.program(), folder, running, postgres.is_ready)
        postgres.make_database()
        found["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        valkey = Valkey(data.valkey, sockets, is_temporary=True)
        start(valkey.program(), folder, running, valkey.is_ready)
        found["REDIS_URL"] = valkey.url
    return found


def start(
    program: Program,
    folder: Path,
    running: list[subprocess.Popen[bytes]],
    is_ready: Callable[[], bool],
) -> None:
    """Start a server and wait until it answers; raise Fault with its last words if it does not."""
    log = folder / f"{program.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            program.argv,
            cwd=folder,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=death_pact(program.stop_signal, os.getpid()),
        )
    running.append(process)
    until = time.monotonic() + _START
    while not is_ready():
        if process.poll() is not None or time.monotonic() > until:
            raise Fault(f"{program.name} did not start: {log.read_text().strip()[-300:]}")
        time.sleep(0.05)
