"""The parent of the process that runs scripts: starts it, feeds it, blames and replaces it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import polars as pl

from checks import frames
from checks.lua import wire
from checks.lua.sandbox import Effect, Hit, Limits, Outcome

logger = logging.getLogger(__name__)

_ROOT: Final = Path(__file__).resolve().parents[2]
#: The child's own timer comes first; this one is for a child that cannot be ended by it.
_GRACE: Final = 5.0
_START: Final = 60.0  # seconds, on a machine that is busy


@dataclass(frozen=True)
class Job:
    """A script to be run: ``event`` and ``pools`` choose its rows; None and empty are all."""

    id: int
    source: str
    parameters: dict[str, Any]
    event: str | None = None
    pools: tuple[int, ...] = ()


@dataclass(frozen=True)
class Report:
    """What became of a job. ``killed`` says why its process had to be ended, "" if it had not."""

    id: int
    outcome: Outcome
    rows: int = 0
    seconds: float = 0.0  # of one core
    killed: str = ""


class EngineError(RuntimeError):
    """The process cannot run at all: nothing is to be blamed on a script."""


class Process:
    """A long-lived child; safe to be used by several threads, one at a time."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def run(
        self,
        target: str,
        table: pl.DataFrame,
        jobs: Sequence[Job],
        *,
        limits: Limits | None = None,
        seconds: float = 5.0,
    ) -> list[Report]:
        """Run the jobs over a table of the target ("flow", "host"), each for at most so long.

        A job that has to be killed is reported and the others still run. Raises EngineError when
        the process does not even begin.
        """
        head = {"target": target, "seconds": seconds, "limits": asdict(limits or Limits())}
        body = _encode(table)
        with self._lock:
            return list(self._rounds(head, body, list(jobs), seconds))

    def compile(self, source: str, *, seconds: float = 2.0) -> str:
        """Return why a source is no Lua, with its line; "" if it is."""
        job = Job(0, source, {}, event="end")  # of a table without rows nothing is run
        empty = frames.empty("flow")
        return self.run("flow", empty, [job], seconds=seconds)[0].outcome.stopped

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._kill()

    def _rounds(
        self, head: dict[str, Any], body: bytes, jobs: list[Job], seconds: float
    ) -> Iterator[Report]:
        while jobs:
            blamed = None
            asked = head | {"scripts": [asdict(job) for job in jobs]}
            for answer in self._ask(asked, body, seconds):
                if "started" in answer:
                    blamed = jobs[0]
                elif "done" in answer:
                    yield _report(answer)
                    blamed, jobs = None, jobs[1:]
                else:
                    return
            self._kill()
            if blamed is None:
                raise EngineError("the process that runs scripts ended before it ran one")
            yield Report(blamed.id, Outcome(stopped=_KILLED), killed=_KILLED)
            jobs = jobs[1:]

    def _ask(self, head: dict[str, Any], body: bytes, seconds: float) -> Iterator[dict[str, Any]]:
        """Yield the child's answers until it finished or ended."""
        child = self._start()
        patience = _START
        with suppress(BrokenPipeError, ValueError, OSError):
            wire.write(cast("BinaryIO", child.stdin), head, body)
            while answer := self._wait(child, patience):
                patience = seconds + _GRACE
                yield answer
                if "finished" in answer:
                    return

    def _wait(self, child: subprocess.Popen[bytes], patience: float) -> dict[str, Any] | None:
        timer = threading.Timer(patience, child.kill)
        timer.start()
        try:
            message = wire.read(cast("BinaryIO", child.stdout))
        finally:
            timer.cancel()
        return message[0] if message else None

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "checks.lua.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=_ROOT,
                env={"POLARS_MAX_THREADS": "1", "PATH": os.defpath, "PYTHONPATH": str(_ROOT)},
                start_new_session=True,  # Ctrl-C in a terminal is for its parent
            )
        return self._child

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with suppress(OSError):
                    if pipe:
                        pipe.close()


_KILLED: Final = "it ran too long, or took too much memory, and its process was ended"


def _encode(table: pl.DataFrame) -> bytes:
    stream = table.write_ipc_stream(None)
    return stream.getvalue()


def _report(answer: dict[str, Any]) -> Report:
    said = answer["outcome"]
    outcome = Outcome(
        hits=[Hit(**hit) for hit in said["hits"]],
        effects=[Effect(**effect) for effect in said["effects"]],
        errors=[(row, text) for row, text in said["errors"]],
        failed_rows=said["failed_rows"],
        console=said["console"],
        visited=said["visited"],
        stopped=said["stopped"],
    )
    return Report(answer["done"], outcome, answer["rows"], answer["seconds"])
