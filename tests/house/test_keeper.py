"""Keeping a program alive."""

from __future__ import annotations

import asyncio
import errno
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ntopweb.up import keeper as keeper_module
from ntopweb.up.data import write_json
from ntopweb.up.keeper import Keeper, State, stop_leftovers
from ntopweb.up.program import Program, start_ticks

Make = Callable[..., Keeper]


@pytest.fixture
def said() -> list[tuple[str, str]]:
    """What was said: (name, line)."""
    return []


@pytest.fixture
def make(tmp_path: Path, said: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a keeper of a Python program, with short pauses."""
    monkeypatch.setattr(keeper_module, "PAUSES", (0.01, 0.02))

    def of(code: str, **more: object) -> Keeper:
        program = Program("sample", [sys.executable, "-uc", code], **more)  # type: ignore[arg-type]
        return Keeper(program, tmp_path, tmp_path, lambda name, line: said.append((name, line)))

    return of


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, ten seconds at most."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def test_its_lines_are_passed_on(make: Make, said: list[tuple[str, str]]) -> None:
    keeper = make(
        "import sys; print('one'); sys.stderr.write('two\\n')\n"
        "print('hush this'); print('last', end='')",
        ends=frozenset({0}),
        hushed=("hush",),
    )
    keeper.start()
    assert await keeper.ended() is State.DONE
    assert said == [("sample", "one"), ("sample", "two"), ("sample", "last")]


async def test_a_program_that_ends_is_started_again_and_that_is_reported(
    make: Make, said: list[tuple[str, str]]
) -> None:
    keeper = make("raise SystemExit(7)")
    keeper.start()
    await until(lambda: keeper.restarts >= 3)
    await keeper.stop()
    assert said[0] == ("up", "sample ended with exit code 7; restart 1 in 0.01 s")
    assert keeper.state is State.STOPPED


async def test_a_program_is_kept_although_the_disk_is_full(
    make: Make, said: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keeper_module, "write_json", fail)
    keeper = make("raise SystemExit(7)")
    keeper.start()
    await until(lambda: keeper.restarts >= 2)
    await keeper.stop()
    told = f"cannot write {keeper.record} (No space left on device): make room"
    assert said[0] == ("up", told)


async def test_a_killed_program_is_named_by_its_signal(make: Make) -> None:
    keeper = make("import time; time.sleep(60)")
    keeper.start()
    await until(lambda: keeper.state is State.RUNNING)
    assert keeper.process is not None
    first = keeper.process.pid
    keeper.process.send_signal(signal.SIGKILL)
    await until(lambda: keeper.restarts == 1)
    assert "SIGKILL" in keeper.reason or keeper.state is State.RUNNING
    await until(lambda: keeper.state is State.RUNNING)
    assert keeper.process.pid != first
    assert keeper.report()["restarts"] == 1
    await keeper.stop()


@pytest.mark.parametrize(("code", "state"), [(0, State.DONE), (3, State.FAILED)])
async def test_an_end_for_good_is_no_restart(make: Make, code: int, state: State) -> None:
    keeper = make(f"raise SystemExit({code})", ends=frozenset({0}), gives_up=frozenset({3}))
    keeper.start()
    assert await keeper.ended() is state
    assert keeper.restarts == 0


async def test_a_task_that_fails_again_and_again_is_given_up(make: Make) -> None:
    keeper = make("raise SystemExit(1)", ends=frozenset({0}), tries=3)
    keeper.start()
    assert await keeper.ended() is State.FAILED
    assert keeper.reason == "ended with exit code 1, 4 times in a row"
    assert keeper.restarts == 3


async def test_a_program_that_does_not_stop_is_killed_with_its_children(
    make: Make, tmp_path: Path
) -> None:
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid); time.sleep(60)"
    )
    lines: list[str] = []
    keeper = make(code, stop_seconds=0.2)
    keeper.say = lambda name, line: lines.append(line)
    keeper.start()
    await until(lambda: bool(lines))
    await keeper.stop()
    await until(lambda: start_ticks(int(lines[0])) is None)
    assert keeper.state is State.STOPPED


async def test_a_program_that_cannot_be_started_is_tried_again(
    make: Make, said: list[tuple[str, str]]
) -> None:
    keeper = make("")
    keeper.program = Program("sample", ["/nowhere/program"])
    keeper.start()
    await until(lambda: keeper.restarts >= 2)
    await keeper.stop()
    assert "could not be started" in said[0][1]


async def test_leftovers_of_a_killed_start_are_ended(
    tmp_path: Path, said: list[tuple[str, str]]
) -> None:
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    write_json(tmp_path / "web.pid.json", {"pid": left.pid, "ticks": start_ticks(left.pid)})
    await stop_leftovers(tmp_path, lambda name, line: said.append((name, line)))
    assert left.wait(5) != 0
    assert said == [("up", f"ending web of an earlier start ({left.pid})")]
    assert list(tmp_path.iterdir()) == []


async def test_a_process_number_that_another_has_now_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    ticks = start_ticks(other.pid)
    assert ticks is not None
    write_json(tmp_path / "web.pid.json", {"pid": other.pid, "ticks": ticks - 1})
    await stop_leftovers(tmp_path, lambda *_: None)
    assert other.poll() is None
    other.kill()
    other.wait()


def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from ntopweb.up.program import Program, spawn\n"
        "async def main():\n"
        "    program = Program('x', [sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "    child = await spawn(program, Path('.'))\n"
        "    print(child.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    child = int(done.stdout)
    until = time.monotonic() + 5
    while start_ticks(child) is not None and time.monotonic() < until:
        time.sleep(0.01)
    assert start_ticks(child) is None
