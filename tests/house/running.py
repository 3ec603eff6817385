"""An ``up`` in a process of its own, as a terminal would start it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]

#: Seconds for anything to happen on a busy machine.
PATIENCE = 120.0


def free_port() -> int:
    """Return a port whose next one is free too."""
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                next_one.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def wait_until(holds: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Return the first true value of ``holds``; fail when it takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := holds():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


class Up:
    """One run of ``manage.py up`` with its own data folder and ports."""

    def __init__(self, data: Path, *arguments: str, as_user: int | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.log = data.with_name(f"{data.name}-{self.port}.log")
        ours = ("DATABASE_URL", "REDIS_URL", "NTOPWEB_DATA", "NTOPWEB_STATIC", "NTOPWEB_SECRET_KEY")
        environment = {k: v for k, v in os.environ.items() if k not in ours}
        where = ["--data", str(data), "--port", str(self.port)]
        user = [] if as_user is None else as_ordinary(as_user)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*user, sys.executable, str(ROOT / "manage.py"), "up", *where, *arguments],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        """What it has printed."""
        return self.log.read_text()

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return the status and the parts of ``/healthz``; 0 while nothing answers."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=10)
            return answer.status_code, answer.json()["parts"]
        except (httpx.HTTPError, ValueError, KeyError):
            return 0, {}

    def is_green(self) -> bool:
        """Return whether all parts are up; fail when the process has ended."""
        assert self.process.poll() is None, self.text
        return self.health()[0] == 200

    def wait_for_green(self) -> None:
        """Wait until all parts are up and the banner says so."""
        wait_until(
            lambda: self.is_green() and "ntopweb is ready" in self.text, f"green; {self.text}"
        )

    def wait_for_end(self, seconds: float = PATIENCE) -> int:
        """Return the exit code."""
        return self.process.wait(seconds)

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Stop it as a terminal does; return the seconds that took."""
        started = time.monotonic()
        self.process.send_signal(number)
        assert self.wait_for_end(60) == 0, self.text
        return time.monotonic() - started

    def programs(self) -> dict[str, Any]:
        """Return the supervisor's report of each program."""
        found: dict[str, Any] = json.loads((self.data / "run" / "state.json").read_text())
        return dict(found["programs"])

    def credentials(self) -> dict[str, str]:
        """Return the file for programs."""
        return dict(json.loads((self.data / "credentials.json").read_text()))

    def get(self, path: str) -> Any:
        """Return the JSON of a page of the API."""
        token = self.credentials()["api_token"]
        answer = httpx.get(
            f"http://127.0.0.1:{self.port}/api/v1/{path}",
            headers={"Authorization": f"Token {token}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


def as_ordinary(uid: int) -> list[str]:
    """Return the command by which root runs something as an ordinary user."""
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]


def processes_of(data: Path) -> list[int]:
    """Return the processes that work with a data folder, by command, environment or folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            texts = [(process / name).read_bytes() for name in ("cmdline", "environ")]
        except (OSError, ValueError):
            continue
        if process.name.isdigit() and any(os.fsencode(data) + b"/" in text for text in texts):
            found.append(int(process.name))
    return [pid for pid in found if pid != os.getpid()]
