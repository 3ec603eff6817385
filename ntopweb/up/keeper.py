"""Keep one program alive: start it, pass on what it prints, restart it with a growing pause."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from ntopweb.up.data import read_json, write_json
from ntopweb.up.fault import Fault
from ntopweb.up.program import Program, send_group, spawn, start_ticks, stop

#: Pauses before restarts, in seconds; the last one repeats.
PAUSES = (0.5, 1, 2, 4, 8, 15, 30)

#: A program that ran this long, in seconds, starts again with the shortest pause.
STEADY = 60.0


class State(StrEnum):
    """Where a program stands."""

    WAITING = "waiting"
    RUNNING = "running"
    RESTARTING = "restarting"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class Keeper:
    """One program's life. ``say(name, line)`` takes what it prints and what becomes of it."""

    def __init__(
        self, program: Program, root: Path, run: Path, say: Callable[[str, str], None]
    ) -> None:
        self.program = program
        self.root = root
        self.record = run / f"{program.name}.pid.json"
        self.say = say
        self.state = State.WAITING
        self.reason = ""
        self.restarts = 0
        self.changed: Callable[[], None] = lambda: None
        self.process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._pause = 0

    def start(self) -> None:
        """Begin to keep the program, from the main thread's event loop."""
        self._task = asyncio.create_task(self._keep())

    async def ended(self) -> State:
        """Wait until the program is done, failed for good or stopped; return which."""
        if self._task is not None:
            await asyncio.wait([self._task])
        return self.state

    async def stop(self) -> None:
        """Ask the program to end, see that it does, and keep it no longer."""
        self._is_stopping = True
        if self.process is not None:
            await stop(self.process, self.program)
        if self._task is not None:
            if self.process is None or self.state is State.RESTARTING:
                self._task.cancel()
            await asyncio.wait([self._task])
        if self.state not in (State.DONE, State.FAILED):
            self._set(State.STOPPED)

    def report(self) -> dict[str, object]:
        """Return the program's state for ``/healthz`` and ``doctor``."""
        pid = self.process.pid if self.process and self.state is State.RUNNING else None
        return {
            "state": str(self.state),
            "reason": self.reason,
            "restarts": self.restarts,
            "pid": pid,
        }

    async def _keep(self) -> None:
        while not self._is_stopping:
            started = time.monotonic()
            code, ending = await self._run_once()
            self._pause = 0 if time.monotonic() - started > STEADY else self._pause
            if self._is_over(code, ending):
                return
            pause = PAUSES[min(self._pause, len(PAUSES) - 1)]
            self._pause += 1
            self.restarts += 1
            self._set(State.RESTARTING, f"{ending}; restart {self.restarts} in {pause:g} s")
            await asyncio.sleep(pause)

    async def _run_once(self) -> tuple[int | None, str]:
        """Run the program to its end; return its exit code, and in words how it ended."""
        try:
            if self.program.before is not None:
                self.program.before()
            self.process = await spawn(self.program, self.root)
        except (OSError, Fault) as error:
            return None, f"could not be started ({error})"
        self._record(self.process.pid)
        self._set(State.RUNNING)
        await self._pass_on(self.process)
        code = await self.process.wait()
        send_group(self.process.pid, signal.SIGKILL)
        self.record.unlink(missing_ok=True)
        return code, describe_exit(code)

    def _record(self, pid: int) -> None:
        """Leave word for the next start; on a full disk the program is kept all the same."""
        try:
            write_json(self.record, {"pid": pid, "ticks": start_ticks(pid)})
        except OSError as error:
            self.say("up", f"cannot write {self.record} ({error.strerror}): make room")

    def _is_over(self, code: int | None, ending: str) -> bool:
        if self._is_stopping:
            return True
        if code in self.program.gives_up:
            self._set(State.FAILED, ending)
            return True
        if code in self.program.ends:
            self._set(State.DONE)
            return True
        if self.program.tries is not None and self._pause >= self.program.tries:
            self._set(State.FAILED, f"{ending}, {self._pause + 1} times in a row")
            return True
        return False

    async def _pass_on(self, process: asyncio.subprocess.Process) -> None:
        """Say each line until the program ends, also if a grandchild holds the pipe's other end."""
        reading = asyncio.create_task(self._read(process))
        waiting = asyncio.create_task(process.wait())
        await asyncio.wait([reading, waiting], return_when=asyncio.FIRST_COMPLETED)
        await waiting
        await asyncio.wait([reading], timeout=0.5)
        reading.cancel()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        rest = b""
        while process.stdout is not None and (chunk := await process.stdout.read(65_536)):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._say(line)
            if len(rest) > 65_536:  # nobody writes such a line for people
                rest = b""
        self._say(rest)

    def _say(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text and not any(hushed in text for hushed in self.program.hushed):
            self.say(self.program.name, text)

    def _set(self, state: State, reason: str = "") -> None:
        self.state, self.reason = state, reason
        if reason:
            self.say("up", f"{self.program.name} {reason}")
        self.changed()


def describe_exit(code: int) -> str:
    """Return in words how a process ended."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


async def stop_leftovers(run: Path, say: Callable[[str, str], None]) -> None:
    """End what a killed supervisor left running, by its records of process number and start."""
    for record in sorted(run.glob("*.pid.json")):
        known = read_json(record)
        pid, ticks = known.get("pid"), known.get("ticks")
        if isinstance(pid, int) and ticks is not None and start_ticks(pid) == ticks:
            say("up", f"ending {record.name.partition('.')[0]} of an earlier start ({pid})")
            await end_stranger(pid, ticks)
        record.unlink(missing_ok=True)


async def end_stranger(pid: int, ticks: int) -> None:
    """End a process group that is not our child: politely, then not."""
    for number, seconds in ((signal.SIGINT, 5), (signal.SIGTERM, 3), (signal.SIGKILL, 5)):
        send_group(pid, number)
        until = time.monotonic() + seconds
        while start_ticks(pid) == ticks and time.monotonic() < until:
            await asyncio.sleep(0.05)
        if start_ticks(pid) != ticks:
            return
