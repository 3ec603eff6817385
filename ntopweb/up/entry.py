"""From the command line to the command: bootstrap, enter the virtual environment, run."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from ntopweb.up import bootstrap, options
from ntopweb.up.data import DataFolder
from ntopweb.up.fault import Fault

ROOT = Path(__file__).resolve().parent.parent.parent

#: Commands that set up what they need; all others are Django's.
OWN_COMMANDS = ("up", "test", "doctor")


def main(argv: list[str]) -> None:
    """Run ``manage.py``'s command line; ends the process, with one line on stderr for a fault."""
    command = argv[1] if len(argv) > 1 else "help"
    try:
        if command in OWN_COMMANDS:
            sys.exit(run_own(command, argv[2:]))
        run_django(argv)
    except Fault as fault:
        sys.exit(f"ntopweb: {fault}")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.exit(f"ntopweb: {error}: make room on the disk and try again")


def run_own(command: str, arguments: list[str]) -> int:
    """Bootstrap, re-enter with the virtual environment's Python, and run one of ours."""
    if command == "up":  # a wrong option is told before anything is installed
        options.parse(arguments, ROOT)
    venv = bootstrap.venv_folder(ROOT)
    bootstrap.prepare(ROOT, venv, with_development=command == "test")
    bootstrap.enter(venv, [str(ROOT / "manage.py"), command, *arguments])
    return run_inside(command, arguments)


def run_inside(command: str, arguments: list[str]) -> int:
    """Run one of our commands; its modules need what the bootstrap installed."""
    if command == "up":
        from ntopweb.up.command import run

        return run(options.parse(arguments, ROOT), ROOT)
    if command == "test":
        from ntopweb.up.testing import run as run_tests

        return run_tests(arguments, ROOT)
    from ntopweb.up.doctor import run as run_doctor

    return run_doctor(arguments, ROOT)


def run_django(argv: list[str]) -> None:
    """Run Django's command line beside a running ``up``: with its servers and its key."""
    venv = bootstrap.venv_folder(ROOT)
    if bootstrap.python_of(venv).exists():
        bootstrap.enter(venv, [str(ROOT / "manage.py"), *argv[1:]])
    data = DataFolder(Path(os.environ.get("NTOPWEB_DATA", ROOT / "data")))
    for name, value in data.environment().items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        raise Fault("nothing is installed yet: run python3 manage.py up first") from None
    execute_from_command_line(argv)
