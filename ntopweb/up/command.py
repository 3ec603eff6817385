"""``manage.py up``: everything on this machine, in this terminal."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ntopweb.up import frontend, preflight
from ntopweb.up.console import Console
from ntopweb.up.data import DataFolder
from ntopweb.up.options import Options
from ntopweb.up.supervisor import Supervisor


def run(options: Options, root: Path) -> int:
    """Run until stopped; return the exit code. Raises Fault with one line that says what to do."""
    data = DataFolder(options.data)
    data.make()
    preflight.check_disk(data.path)  # first: a lock and reports are written, too
    data.lock()
    frontend.install(root)
    watch_children_by_handle()
    return asyncio.run(Supervisor(options, root, data, Console()).run())


def watch_children_by_handle() -> None:
    """Have Python 3.11 wait for children without threads, as newer ones do by themselves.

    Children are forked with a hook that runs before exec, which other threads could disturb.
    """
    if sys.version_info < (3, 12) and hasattr(asyncio, "PidfdChildWatcher"):
        watcher = asyncio.PidfdChildWatcher()
        asyncio.set_child_watcher(watcher)
