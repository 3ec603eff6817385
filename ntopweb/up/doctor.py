"""``manage.py doctor``: say in words what is right, what is wrong, and what to do about it."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ntopweb.up import preflight
from ntopweb.up.data import DataFolder, read_json
from ntopweb.up.diagnosis import Diagnosis, Grade, bad, good, note
from ntopweb.up.fault import Fault
from ntopweb.up.given_servers import SERVERS, check_server, is_given
from ntopweb.up.options import Options

_MARKS = {Grade.GOOD: "ok  ", Grade.NOTE: "note", Grade.BAD: "BAD "}


def run(arguments: list[str], root: Path) -> int:
    """Print the diagnoses; return 0 when nothing is wrong, else 1."""
    given = parser().parse_args(arguments)
    folder = given.data or Path(os.environ.get("NTOPWEB_DATA") or root / "data")
    data = DataFolder(folder.expanduser().absolute())
    found = list(examine(data, Options(data=data.path, port=given.port)))
    for one in found:
        print(f"{_MARKS[one.grade]} {one.subject:<14} {one.text}")
    wrong = sum(one.grade is Grade.BAD for one in found)
    print(f"\n{wrong} thing{'s' * (wrong != 1)} to put right" if wrong else "\nall is well")
    return 1 if wrong else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of ``doctor``'s arguments."""
    made = argparse.ArgumentParser(
        prog="manage.py doctor", description="Say in words what is wrong on this machine."
    )
    made.add_argument("--data", type=Path, metavar="FOLDER", help="as of up; default: data")
    made.add_argument("--port", type=int, default=8000, help="as of up")
    return made


def examine(data: DataFolder, options: Options) -> Iterator[Diagnosis]:
    """Yield what there is to say, from the machine to the last flow."""
    yield good("python", f"{platform.python_version()} in {sys.prefix}")
    yield from tools()
    yield capture()
    yield from disk(data)
    is_running = data.is_locked()
    yield from running(data) if is_running else not_running(data, options)
    yield from (unfit := list(unfit_servers()))
    has_servers = is_running or (all(map(is_given, SERVERS)) and not unfit)
    for name, value in data.environment().items():
        os.environ.setdefault(name, value)
    if has_servers:
        from ntopweb.up.doctor_platform import examine as examine_platform

        yield from examine_platform()


def tools() -> Iterator[Diagnosis]:
    """Yield which optional programs are here."""
    wanted = {
        "tshark": "the engine pyshark and `capture_agent dissect` need it: apt install tshark",
        "chromium": "browser tests need it: apt install chromium",
    }
    for name, use in wanted.items():
        path = shutil.which(name)
        yield good(name, path) if path else note(name, f"not installed; {use}")


def capture() -> Diagnosis:
    """Return whether this user may capture."""
    if preflight.may_capture():
        return good("capture", "this user may capture from network cards")
    return note("capture", "this user may not capture from network cards: see up --interface IFACE")


def disk(data: DataFolder) -> Iterator[Diagnosis]:
    """Yield whether the data folder is there, ours and has room."""
    if not data.path.exists():
        yield note("data", f"{data.path} is not there yet; up makes it")
        return
    if not os.access(data.path, os.R_OK | os.W_OK | os.X_OK):
        yield bad("data", f"{data.path} is not ours to write: run as the user who owns it")
        return
    free = shutil.disk_usage(data.path).free
    text = f"{data.path}, {free / 2**30:.1f} GB free"
    yield good("data", text) if free > preflight.ROOM else bad("data", f"{text}: make room")


def unfit_servers() -> Iterator[Diagnosis]:
    """Yield the servers of the environment that cannot be worked with."""
    for variable in filter(is_given, SERVERS):
        try:
            check_server(variable, os.environ[variable])
        except Fault as fault:
            yield bad(SERVERS[variable][0], str(fault))


def running(data: DataFolder) -> Iterator[Diagnosis]:
    """Yield the state of each program of the ``up`` that runs."""
    state = read_json(data.state_file)
    yield good("up", f"runs as process {state.get('pid')} at {state.get('url')}")
    for name, part in state.get("programs", {}).items():
        text = " ".join(filter(None, [part["state"], part["reason"]]))
        text += f", restarted {part['restarts']} times" if part["restarts"] else ""
        yield good(name, text) if part["state"] in ("running", "done") else bad(name, text)


def not_running(data: DataFolder, options: Options) -> Iterator[Diagnosis]:
    """Yield what would keep ``up`` from starting."""
    yield bad("up", f"does not run with {data.path}: python3 manage.py up")
    checks: list[Callable[[], None]] = [
        lambda: preflight.check_port(options.bind, options.port, "the pages"),
        lambda: preflight.check_port(options.bind, options.ingest_port, "the agents"),
    ]
    for check in checks:
        try:
            check()
        except Fault as fault:
            yield bad("port", str(fault))
            return
    yield good("ports", f"{options.port} and {options.ingest_port} are free")
