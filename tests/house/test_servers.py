"""The embedded servers, really started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from ntopweb.up import identity, postgres
from ntopweb.up.data import DataFolder
from ntopweb.up.fault import Fault
from ntopweb.up.postgres import Postgres, remove_stale_locks
from ntopweb.up.program import Program
from ntopweb.up.testing import start
from ntopweb.up.valkey import Valkey

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about root: run as root")


@pytest.fixture
def data() -> Iterator[DataFolder]:
    """A data folder with a short path that an ordinary user could reach."""
    folder = DataFolder(Path(f"/tmp/ntopweb-house-{os.getpid()}/data"))
    folder.make()
    yield folder
    shutil.rmtree(folder.path.parent)


@contextmanager
def running(program: Program, data: DataFolder, is_ready: Callable[[], bool]) -> Iterator[int]:
    """Run a server; yield its process number."""
    if program.before is not None:
        program.before()
    started: list[subprocess.Popen[bytes]] = []
    try:
        start(program, data.run, started, is_ready)
        yield started[0].pid
    finally:
        for process in started:
            process.send_signal(program.stop_signal)
            process.wait(20)


def a_cluster(data: DataFolder) -> Postgres:
    """Return a cluster of the data folder, made without waiting for the disk."""
    cluster = Postgres(data.postgres, data.socket_folder(), "a pass:word/", is_temporary=True)
    cluster.make()
    return cluster


def check_that_it_works(cluster: Postgres, data: DataFolder) -> None:
    """Start the cluster, write, stop, start again, read."""
    with running(cluster.program(), data, cluster.is_ready):
        cluster.make_database()
        cluster.make_database()
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT '::1'::inet AS address")
    with (
        running(cluster.program(), data, cluster.is_ready),
        psycopg.connect(cluster.url) as connection,
    ):
        assert connection.execute("SELECT host(address) FROM kept").fetchone() == ("::1",)


def test_postgres_starts_and_keeps_what_it_has(data: DataFolder) -> None:
    check_that_it_works(a_cluster(data), data)


@as_root
def test_postgres_runs_as_nobody_where_user_namespaces_are_closed(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "namespaces_are_open", lambda: False)
    cluster = a_cluster(data)
    assert data.postgres.stat().st_uid == identity.NOBODY
    check_that_it_works(cluster, data)
    monkeypatch.undo()  # open again: the folder is nobody's and stays so
    check_that_it_works_again(cluster, data)


def check_that_it_works_again(cluster: Postgres, data: DataFolder) -> None:
    """Start a cluster that has the table, and read it."""
    with (
        running(cluster.program(), data, cluster.is_ready),
        psycopg.connect(cluster.url) as connection,
    ):
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)


@as_root
def test_root_without_namespaces_and_setpriv_is_told_what_to_do(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "namespaces_are_open", lambda: False)
    monkeypatch.setattr(identity.shutil, "which", lambda name: None)
    with pytest.raises(Fault, match="DATABASE_URL"):
        a_cluster(data)


def test_an_ordinary_user_needs_nothing(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity.os, "geteuid", lambda: 1000)
    assert identity.command_as_server(["postgres"], data.path) == ["postgres"]


def test_a_password_is_asked_for(data: DataFolder) -> None:
    cluster = a_cluster(data)
    with running(cluster.program(), data, cluster.is_ready):
        guess = Postgres(cluster.folder, cluster.sockets, "a guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(guess.url_of("postgres"))


def test_a_killed_server_starts_again(data: DataFolder) -> None:
    cluster = a_cluster(data)
    with running(cluster.program(), data, cluster.is_ready) as pid:
        os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 10  # its own children notice within a moment
    while time.monotonic() < until:
        try:
            with running(cluster.program(), data, cluster.is_ready):
                return
        except Fault:
            time.sleep(0.2)
    pytest.fail("it did not start again")


@pytest.mark.parametrize(
    "number",
    ["1", str(os.getpid()), "999999999", "nonsense"],
    ids=["init", "ourselves", "nobody", "nonsense"],  # the same in every worker
)
def test_locks_that_name_another_process_do_not_block_a_start(
    data: DataFolder, number: str
) -> None:
    cluster = a_cluster(data)
    (data.postgres / "postmaster.pid").write_text(f"{number}\n{data.postgres}\n")
    (cluster.sockets / ".s.PGSQL.5432.lock").write_text(f"{number}\n")
    check_that_it_works(cluster, data)


def test_the_lock_of_a_living_server_stays(data: DataFolder) -> None:
    cluster = a_cluster(data)
    with running(cluster.program(), data, cluster.is_ready):
        remove_stale_locks(cluster.folder, cluster.sockets)
        assert (cluster.folder / "postmaster.pid").exists()


def test_a_half_made_cluster_is_made_anew(data: DataFolder) -> None:
    staging = data.postgres.with_name("postgres.new")
    staging.mkdir()
    (staging / "PG_VERSION").touch()
    check_that_it_works(a_cluster(data), data)


def test_a_cluster_of_another_version_says_how_to_move(data: DataFolder) -> None:
    data.postgres.mkdir()
    (data.postgres / "PG_VERSION").write_text("15\n")
    with pytest.raises(Fault, match="pg_dump 15"):
        a_cluster(data)


def test_a_timescale_folder_is_loaded_or_refused(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="NTOPWEB_TIMESCALE_DIR"):
        postgres.timescale(str(tmp_path))
    for name in ("lib", "share"):
        (tmp_path / name).mkdir()
    settings = postgres.timescale(str(tmp_path))
    assert settings["shared_preload_libraries"] == "timescaledb"
    assert postgres.timescale("") == {}


def test_commits_are_durable_unless_the_cluster_is_for_tests(tmp_path: Path) -> None:
    lasting = Postgres(tmp_path, tmp_path, "x").settings()
    assert (lasting["fsync"], lasting["synchronous_commit"]) == ("on", "on")
    passing = Postgres(tmp_path, tmp_path, "x", is_temporary=True).settings()
    assert passing["fsync"] == "off"
    assert lasting["listen_addresses"] == ""


def test_valkey_keeps_what_it_has_after_a_kill(data: DataFolder) -> None:
    valkey = Valkey(data.valkey, data.socket_folder())
    with running(valkey.program(), data, valkey.is_ready) as pid:
        redis.Redis.from_url(valkey.url).set("kept", "1")
        time.sleep(1.1)  # appendfsync everysec
        os.kill(pid, signal.SIGKILL)
    with running(valkey.program(), data, valkey.is_ready):
        assert redis.Redis.from_url(valkey.url).get("kept") == b"1"
    assert not valkey.is_ready()
