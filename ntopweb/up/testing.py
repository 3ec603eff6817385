"""``manage.py test``: everything that CI checks, against real servers of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ntopweb.up.bootstrap import say
from ntopweb.up.fault import Fault
from ntopweb.up.postgres import Postgres
from ntopweb.up.program import Program
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
    with servers() as environment:
        failed = (
            []
            if arguments
            else [n for n, c in stages().items() if not stage(n, c, root, environment)]
        )
        chosen = arguments or ["-n", "2", "--dist", "loadgroup"]
        if not stage("tests", [sys.executable, "-m", "pytest", *chosen], root, environment):
            failed.append("tests")
    say(f"failed: {', '.join(failed)}" if failed else "all stages passed")
    return 1 if failed else 0


def stage(name: str, argv: list[str], root: Path, environment: dict[str, str]) -> bool:
    """Run one stage with its output on the terminal; return whether it passed."""
    say(f"== {name}")
    started = time.monotonic()
    passed = subprocess.run(argv, cwd=root, env=os.environ | environment).returncode == 0
    say(f"== {name} {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.0f} s")
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
    found = {
        "NTOPWEB_SECRET_KEY": secrets.token_urlsafe(),
        "DJANGO_SETTINGS_MODULE": "ntopweb.settings",
    }
    found["NTOPWEB_DATA"] = str(folder / "data")
    if "DATABASE_URL" not in os.environ:
        postgres = Postgres(folder / "postgres", folder, secrets.token_urlsafe(), is_temporary=True)
        postgres.make()
        start(postgres.program(), folder, running, postgres.is_ready)
        postgres.make_database()
        found["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        valkey = Valkey(folder, folder, is_temporary=True)
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
        process = subprocess.Popen(program.argv, cwd=folder, stdout=output, stderr=output)
    running.append(process)
    until = time.monotonic() + _START
    while not is_ready():
        if process.poll() is not None or time.monotonic() > until:
            raise Fault(f"{program.name} did not start: {log.read_text().strip()[-300:]}")
        time.sleep(0.05)
