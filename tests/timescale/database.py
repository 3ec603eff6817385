"""A database with the timescaledb extension in place of the tests' own, while it is wanted.

It is the server of NTOPWEB_TIMESCALE_URL, or else the double beside this module: TimescaleDB
compiled to WebAssembly, which `npm ci` installs here and ``server.mjs`` puts behind a port.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
from django.db import connections

from ntopweb.up.program import death_pact

FOLDER = Path(__file__).parent


def missing() -> str:
    """Return what it takes to have one; "" when nothing is missing."""
    if os.environ.get("NTOPWEB_TIMESCALE_URL"):
        return ""
    if shutil.which("node") and (FOLDER / "node_modules").is_dir():
        return ""
    return (
        "needs TimescaleDB: run `npm ci` in tests/timescale for its double,"
        " or set NTOPWEB_TIMESCALE_URL to a server that has it"
    )


@contextmanager
def in_place() -> Iterator[None]:
    """Have Django's default connection lead to a migrated TimescaleDB."""
    if url := os.environ.get("NTOPWEB_TIMESCALE_URL"):
        with swapped(settings_of(url)):
            yield
        return
    with double() as port, swapped(settings_of(f"postgres://postgres@127.0.0.1:{port}/postgres")):
        yield


@contextmanager
def double() -> Iterator[int]:
    """Run the double; yield its port."""
    process = subprocess.Popen(
        ["node", "server.mjs"],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=death_pact(signal.SIGTERM, os.getpid()),
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("listening on "), f"the double did not start: {first!r}"
        yield int(first.split()[-1])
    finally:
        process.terminate()
        process.wait(20)


def settings_of(url: str) -> dict[str, Any]:
    """Return Django's settings of a test database on that server.

    The double has but one database, which lives as long as it does. It keeps no prepared statements
    and no cursors apart for its clients, who share one backend; nor does it speak TLS.
    """
    found: dict[str, Any] = {**connections.settings["default"], **dj_database_url.parse(url)}
    if is_double(url):
        found["OPTIONS"] = {"prepare_threshold": None, "sslmode": "disable"}
        found["DISABLE_SERVER_SIDE_CURSORS"] = True
    name = found["NAME"] if is_double(url) else f"test_{found['NAME']}"
    found["TEST"] = {**found["TEST"], "NAME": name}
    return found


def is_double(url: str) -> bool:
    """Return whether the server is PostgreSQL compiled to WebAssembly."""
    with psycopg.connect(url, sslmode="prefer") as connection:
        row = connection.execute("SELECT version()").fetchone()
    return row is not None and "emcc" in row[0]


@contextmanager
def swapped(settings: dict[str, Any]) -> Iterator[None]:
    """Have the default connection use these settings, in this thread and those that start."""
    own, own_settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = settings
    connections["default"] = made = connections.create_connection("default")
    before = settings["NAME"]
    is_kept = settings["TEST"]["NAME"] == before
    try:
        made.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=is_kept)
        yield
    finally:
        made.creation.destroy_test_db(before, verbosity=0, keepdb=is_kept)
        made.close()
        connections.settings["default"] = own_settings
        connections["default"] = own
