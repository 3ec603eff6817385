"""Run a server as somebody it accepts: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from ntopweb.up.fault import Fault

#: The user id of ``nobody`` on every Linux; the kernel's overflow uid.
NOBODY = 65_534


def command_as_server(argv: list[str], folder: Path) -> list[str]:
    """Return ``argv`` so that it runs as a user other than root who owns ``folder``.

    An ordinary user needs nothing. As root a user namespace shows the server another uid while the
    files stay root's; where namespaces are closed (Docker's default) the server is ``nobody`` and
    the folder becomes his. A folder that another user owns already is served as that user.
    """
    if os.geteuid() != 0:
        return argv
    owner = folder.stat().st_uid
    if owner == 0 and namespaces_are_open():
        return [*namespace_command(), *argv]
    if owner == 0:
        owner = NOBODY
        give_away(folder, owner)
    return [*user_command(owner), *argv]


def namespace_command() -> list[str]:
    """Return the command under which root's process sees itself as ``nobody``."""
    return ["unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]


def user_command(uid: int) -> list[str]:
    """Return the command under which root's process becomes another user.

    It keeps the right to pass closed folders (CAP_DAC_OVERRIDE), since the data folder or the
    virtual environment may lie below a home that only root enters.
    """
    if shutil.which("setpriv") is None:
        raise Fault(
            "PostgreSQL does not run as root, and neither user namespaces nor setpriv are here: "
            "install util-linux, start as an ordinary user, or set DATABASE_URL"
        )
    # Without the securebit access(2), by which initdb looks for its server, ignores the right.
    capability = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    capability += ["--securebits=+no_setuid_fixup"]
    user = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--pdeathsig=keep"]
    return ["setpriv", *user, *capability]


@cache
def namespaces_are_open() -> bool:
    """Return whether this process may make a user namespace."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*namespace_command(), "true"], capture_output=True).returncode == 0


def give_away(folder: Path, uid: int) -> None:
    """Make a folder and all below it another user's."""
    for parent, _, files in os.walk(folder):
        for name in ("", *files):
            os.chown(Path(parent) / name, uid, uid, follow_symlinks=False)
