"""Make ``.venv`` and install the requirements, with nothing but Python and its venv module."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ntopweb.up.fault import Fault

#: What is installed for running and for developing; a set includes the files it names with -r.
RUN_FILES = ("requirements.txt", "capture_agent/requirements.txt")
DEVELOPMENT_FILES = (*RUN_FILES, "requirements-dev.txt")

_COLLECTING = re.compile(r"^Collecting ([A-Za-z0-9._-]+)")


def venv_folder(root: Path) -> Path:
    """Return the virtual environment's folder: ``.venv``, or what NTOPWEB_VENV names."""
    return Path(os.environ.get("NTOPWEB_VENV") or root / ".venv").expanduser().absolute()


def python_of(venv: Path) -> Path:
    """Return the virtual environment's Python."""
    return venv / "bin" / "python"


def enter(venv: Path, argv: list[str]) -> None:
    """Replace this process by the virtual environment's Python, unless it is that already."""
    if Path(sys.prefix).resolve() != venv.resolve():
        sys.stdout.flush()
        os.execv(python_of(venv), [str(python_of(venv)), *argv])


def prepare(root: Path, venv: Path, *, with_development: bool) -> None:
    """Make the virtual environment and install what is missing; quick when nothing is.

    Raises Fault when Python lacks venv, the folder cannot be written, or pip fails.
    """
    files = DEVELOPMENT_FILES if with_development else RUN_FILES
    wanted = fingerprint(root, files)
    if wanted in stamps(venv):
        return
    with locked(root):
        if wanted not in stamps(venv):
            make_venv(venv)
            install(root, venv, files[-1] if with_development else files[0])
            write_stamp(venv, {wanted, fingerprint(root, RUN_FILES)})


def fingerprint(root: Path, files: tuple[str, ...]) -> str:
    """Return a SHA-256 over the requirement files' names and contents."""
    total = hashlib.sha256()
    for name in files:
        total.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return total.hexdigest()


def stamps(venv: Path) -> set[str]:
    """Return the fingerprints whose requirements stand in the virtual environment."""
    try:
        found = json.loads((venv / "ntopweb-installed.json").read_text())
    except (OSError, ValueError):
        return set()
    return set(found) if works(venv) else set()


def write_stamp(venv: Path, fingerprints: set[str]) -> None:
    """Record what is installed; written last, so that a broken installation is repeated."""
    (venv / "ntopweb-installed.json").write_text(json.dumps(sorted(fingerprints)))


def works(venv: Path) -> bool:
    """Return whether the virtual environment's Python is there (its base may have been removed)."""
    return os.access(python_of(venv), os.X_OK)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the project folder's lock, so that two commands do not install at the same time."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def make_venv(venv: Path) -> None:
    """Make the virtual environment, or make it anew when its Python or its pip is broken."""
    if works(venv) and not run_quietly([str(python_of(venv)), "-m", "pip", "--version"]):
        return
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Fault(
                f"Python's {module} module is missing: install it (Debian, Ubuntu: "
                f"apt install python3-venv) and run this again"
            )
    say(f"making the virtual environment {venv}")
    failure = run_quietly([sys.executable, "-m", "venv", "--clear", str(venv)])
    if failure:
        raise Fault(
            f"cannot make {venv} ({failure}): check that the folder can be written and the disk "
            f"has room, or name another folder in NTOPWEB_VENV"
        )


def run_quietly(argv: list[str]) -> str:
    """Run a command; return "" when it succeeds, its last line of output otherwise."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True)
    except OSError as error:
        return str(error)
    lines = (done.stdout + done.stderr).strip().splitlines() or ["no output"]
    return lines[-1] if done.returncode else ""


def install(root: Path, venv: Path, requirements: str) -> None:
    """Install one requirements file with pip, a line for each package; raise Fault if it fails."""
    started = time.monotonic()
    say(f"installing {requirements} (the first time this takes a minute or two)")
    pip = [str(python_of(venv)), "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    process = subprocess.Popen(
        [*pip, "--disable-pip-version-check", "-r", requirements],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    count, tail = show_progress(process.stdout or iter(()))
    if process.wait():
        print("\n".join(tail), file=sys.stderr)
        raise Fault("pip failed, see above: check the network and the disk's room, then try again")
    say(f"installed {count} packages in {time.monotonic() - started:.0f} s")


def show_progress(output: Iterator[str]) -> tuple[int, deque[str]]:
    """Print a line for each package that pip fetches; return their number and the last lines."""
    count, tail = 0, deque[str](maxlen=15)
    for line in output:
        tail.append(line.rstrip())
        if found := _COLLECTING.match(line):
            count += 1
            say(f"  {count:3} {found[1]}")
        elif line.startswith("Installing collected packages"):
            say(f"  unpacking {line.count(',') + 1} packages")
    return count, tail


def say(text: str) -> None:
    """Print a line of progress at once."""
    print(text, flush=True)
