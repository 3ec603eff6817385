"""What a child process is, and how it is started so that it never outlives the supervisor."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: prctl(2): the signal a process gets when the thread that started it ends.
_PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """A child process to keep: its command and how it is asked to end.

    ``ends`` are the exit codes with which it has done its work; those of ``gives_up`` say that a
    restart does not help; every other ending is followed by a restart, at most ``tries`` of them in
    quick succession where that is given. ``before`` runs ahead of each start. Lines that contain
    one of ``hushed`` are not worth a line in the log.
    """

    name: str
    argv: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 5
    ends: frozenset[int] = frozenset()
    tries: int | None = None
    gives_up: frozenset[int] = frozenset()
    before: Callable[[], None] | None = None
    hushed: tuple[str, ...] = ()


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot (proc(5)); None if it is gone.

    With the process number it names a process for good: numbers are used again, pairs are not.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    after_name = text.rpartition(")")[2].split()
    return None if after_name[0] == "Z" else int(after_name[19])


async def spawn(program: Program, folder: Path) -> asyncio.subprocess.Process:
    """Start the program in a process group of its own, with its output in one pipe.

    Call it from the main thread: the kernel ties the child to the thread that starts it.
    """
    return await asyncio.create_subprocess_exec(
        *program.argv,
        cwd=folder,
        env={**os.environ, **program.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=death_pact(program.stop_signal, os.getpid()),
    )


def death_pact(ending: signal.Signals, parent: int) -> Callable[[], None]:
    """Return what a child calls before exec to get ``ending`` when its parent ends (Linux)."""

    def agree() -> None:
        if hasattr(_libc, "prctl"):
            _libc.prctl(_PR_SET_PDEATHSIG, int(ending), 0, 0, 0)
        if os.getppid() != parent:  # it died before the pact
            os._exit(1)

    return agree


async def stop(process: asyncio.subprocess.Process, program: Program) -> None:
    """Ask the program to end; kill its whole group when it has not in its time."""
    if process.returncode is None:
        send(process.pid, program.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), program.stop_seconds)
        except TimeoutError:
            send_group(process.pid, signal.SIGKILL)
            await process.wait()
    send_group(process.pid, signal.SIGKILL)


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def send_group(pid: int, number: signal.Signals) -> None:
    """Signal a process group that may be gone."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return
