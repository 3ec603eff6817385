"""The data folder."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ntopweb.up import data as data_module
from ntopweb.up.data import DataFolder, own_folder, write_json
from ntopweb.up.fault import Fault


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """A data folder that is made."""
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


def test_secrets_last_and_are_for_their_owner_only(data: DataFolder) -> None:
    first = data.secret("key")
    assert DataFolder(data.path).secret("key") == first
    assert data.secret("postgres") != first
    assert len(first) >= 43
    assert (data.path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert data.path.stat().st_mode & 0o777 == 0o700


def test_a_rewritten_file_was_never_open_to_others(data: DataFolder) -> None:
    file = data.path / "credentials.json"
    file.touch(mode=0o644)
    write_json(file, {"password": "x"})
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_second_up_is_refused_by_the_folder(data: DataFolder) -> None:
    data.lock()
    other = DataFolder(data.path)
    assert other.is_locked()
    with pytest.raises(Fault, match=f"process {os.getpid()}"):
        other.lock()


def test_a_lock_does_not_outlive_a_killed_process(data: DataFolder) -> None:
    code = (
        "import os, sys; from pathlib import Path; from ntopweb.up.data import DataFolder\n"
        "DataFolder(Path(sys.argv[1])).lock(); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(data.path)])
    assert done.returncode == -9
    assert not data.is_locked()
    data.lock()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Fault, match="--data"):
        DataFolder(tmp_path / "file" / "data").make()


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.ENOSPC, "make room"), (errno.EROFS, "run as the user who owns it")],
)
def test_why_a_folder_cannot_be_made_decides_the_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "touch", fail)
    with pytest.raises(Fault, match=rf"{os.strerror(number)}\): {advice}, or .*--data"):
        DataFolder(tmp_path / "data").make()


@pytest.mark.parametrize(("letters", "is_inside"), [(20, True), (120, False)])
def test_sockets_have_paths_that_the_kernel_takes(
    tmp_path: Path, letters: int, is_inside: bool
) -> None:
    base = Path("/tmp") / f"ntopweb-house-{os.getpid()}"
    data = DataFolder(base / ("x" * letters))
    data.make()
    folder = data.socket_folder()
    assert (folder == data.run) is is_inside
    assert len(f"{folder}/.s.PGSQL.5432") <= 107
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_socket_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "ntopweb-1234"
    theirs.mkdir(mode=0o777)
    theirs.chmod(0o777)
    with pytest.raises(Fault, match="somebody else"):
        own_folder(theirs)
    monkeypatch.setattr(data_module.os, "geteuid", lambda: 4242)
    theirs.chmod(0o700)
    with pytest.raises(Fault, match="somebody else"):
        own_folder(theirs)


def test_a_broken_file_counts_as_none(data: DataFolder) -> None:
    (data.path / "environment.json").write_text('{"DATABASE_URL": ')
    assert data.environment() == {}
