"""The data folder: everything that outlives a start, and the state of the one that runs."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from ntopweb.up.fault import Fault

#: sockaddr_un.sun_path holds 108 bytes with its final zero (unix(7)); both servers' names fit.
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


class DataFolder:
    """Paths and small files below one folder; only its owner can enter it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = path / "run"
        self.postgres = path / "postgres"
        self.valkey = path / "valkey"
        self.static = path / "static"
        self.spool = path / "spool"
        self.credentials_file = path / "credentials.json"
        self.state_file = self.run / "state.json"
        self._lock: int | None = None

    def make(self) -> None:
        """Make the folders; raise Fault with what to do when that is not allowed."""
        try:
            for folder in (self.path, self.run, self.valkey, self.spool):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.run / ".writable").touch()
        except OSError as error:
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            advice = "make room" if is_full else "run as the user who owns it"
            raise Fault(
                f"cannot write the data folder {self.path} ({error.strerror}): {advice}, or name "
                f"another with --data"
            ) from None

    def lock(self) -> None:
        """Claim the folder for this process; the kernel lets go of it however the process ends."""
        handle = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.read(handle, 100).decode() or "another process"
            raise Fault(
                f"ntopweb already runs with {self.path} ({other}): stop it first, or give "
                f"another folder with --data and another --port"
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()}".encode())
        self._lock = handle

    def is_locked(self) -> bool:
        """Return whether an ``up`` runs with this folder."""
        try:
            handle = os.open(self.run / "lock", os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def secret(self, name: str) -> str:
        """Return this folder's random secret of that name (256 bits), made at the first call."""
        file = self.path / "secrets.json"
        known = read_json(file)
        if name not in known:
            known[name] = secrets.token_urlsafe(32)
            write_json(file, known)
        return str(known[name])

    def environment(self) -> dict[str, str]:
        """Return the variables of the running ``up``; empty when this folder has none."""
        return {str(k): str(v) for k, v in read_json(self.path / "environment.json").items()}

    def write_environment(self, variables: dict[str, str]) -> None:
        """Leave the variables for other commands of the same user."""
        write_json(self.path / "environment.json", variables)

    def socket_folder(self) -> Path:
        """Return a folder for sockets whose path is short enough for the kernel."""
        if len(os.fsencode(self.run)) <= _LONGEST_SOCKET_FOLDER:
            return self.run
        name = f"ntopweb-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]}"
        return own_folder(Path(tempfile.gettempdir()) / name)


def own_folder(path: Path) -> Path:
    """Make or take a folder that is ours alone; raise Fault when somebody else's is there."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Fault(f"{path} belongs to somebody else: remove it, or give a shorter --data")
    return path


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file; empty when there is none or it cannot be read."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Replace a file at once, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(values, file, indent=2)
        file.write("\n")
    temporary.replace(path)
