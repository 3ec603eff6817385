"""A real ``up`` whose parts can be killed, and its database."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from capture_agent import unfinished
from tests.house.running import Up, processes_of, wait_until

#: Seconds that a part may take to come back, and the work to get done, on a busy machine.
PATIENCE = 900.0


class Platform:
    """One ``up`` with servers and a data folder of its own. ``killed`` tells what was killed."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.up = Up(data, *arguments)
        self.killed: list[str] = []

    def wait_for_database(self) -> None:
        """Wait until the tables are there: once agents are started, they are."""
        wait_until(lambda: self._has("ingest"), f"started; {self.up.text}", PATIENCE)

    def _has(self, name: str) -> bool:
        assert self.up.process.poll() is None, self.up.text
        try:
            return name in self.up.programs()
        except (OSError, ValueError):
            return False

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return what a query answers, asking again while PostgreSQL is away."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with psycopg.connect(self._url()) as connection:
                    return connection.execute(query, parameters).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def value(self, query: str, *parameters: Any) -> int:
        """Return the one number that a query answers; 0 for NULL."""
        return int(self.rows(query, *parameters)[0][0] or 0)

    def _url(self) -> str:
        return str(json.loads((self.data / "environment.json").read_text())["DATABASE_URL"])

    def kill(self, name: str) -> None:
        """``kill -9`` a part by its process number, once it runs; the supervisor starts it anew."""
        report = wait_until(lambda: self._running(name), f"{name} runs; {self.up.text[-2000:]}")
        os.kill(report["pid"], signal.SIGKILL)
        self.killed.append(name)
        wait_until(
            lambda: self.up.programs()[name]["restarts"] > report["restarts"],
            f"{name} is started anew; {self.up.text[-2000:]}",
        )

    def _running(self, name: str) -> dict[str, Any] | None:
        try:
            report = self.up.programs()[name]
        except (OSError, ValueError, KeyError):
            return None
        return dict(report) if report["pid"] else None

    def state(self, name: str) -> str:
        """Return the state of a part."""
        return str(self.up.programs()[name]["state"])

    def kill_along(
        self, moments: Sequence[tuple[float, str]], progress: Callable[[], float]
    ) -> None:
        """Kill each part when ``progress`` has got to its moment (0 … 1), in order."""
        for moment, name in moments:
            wait_until(
                lambda moment=moment: progress() >= moment,  # type: ignore[misc]
                f"progress to {moment:.0%} for {name}; {self.up.text[-3000:]}",
                PATIENCE,
            )
            self.kill(name)


def the_replay(data: Path) -> unfinished.Replay | None:
    """Return the replay that the agent of a data folder has begun, None before."""
    spool = data / "spool" / "agent-pcap"
    try:
        command = json.loads((spool / "replay.json").read_text())["command"]
    except (OSError, ValueError):
        return None
    return unfinished.take_up(spool, command)


@contextmanager
def running(data: Path, *arguments: str) -> Iterator[Platform]:
    """Run a platform for the length of a block; nothing of it is left afterwards."""
    platform = Platform(data, *arguments)
    try:
        yield platform
    finally:
        if platform.up.process.poll() is None:
            platform.up.process.send_signal(signal.SIGINT)
            platform.up.wait_for_end()
        for pid in processes_of(data):
            os.kill(pid, signal.SIGKILL)
