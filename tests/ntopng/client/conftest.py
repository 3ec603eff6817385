"""ntopng's published client in a virtual environment of its own, and a server for it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests.monitoring import builders

PROGRAMS = Path(__file__).with_name("programs")
REQUIREMENTS = Path(__file__).with_name("requirements.txt")

#: Seconds for a program: a report draws with a browser.
PATIENCE = 240


@pytest.fixture(scope="session")
def client_python() -> str:
    """Return the interpreter of an environment with the client, made of PyPI once a machine."""
    pins = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"ntopweb-client-{os.getuid()}-{pins}"
    python = home / "bin" / "python"
    with home.with_suffix(".lock").open("w") as lock:  # workers of one run share it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
            install = [python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]
            subprocess.run(install, check=True, timeout=900)
            (home / "complete").touch()
    return str(python)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def viewer_token(cast: Any) -> str:
    return builders.a_token(cast.viewer)


Run = Callable[..., Any]


@pytest.fixture
def run(client_python: str, live_server: Any, tmp_path: Path) -> Run:
    """Run a program against the server; return what it wrote as JSON, or its output without."""

    def run(name: str, *arguments: Any, fails: bool = False) -> Any:
        out = tmp_path / f"{name}.json"
        words = [live_server.url, *map(str, arguments)]
        done = subprocess.run(
            [client_python, PROGRAMS / f"{name}.py", out, *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            cwd=tmp_path,
        )
        if fails:
            assert done.returncode, done.stdout
            return done.stderr
        assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-4000:])
        return json.loads(out.read_text()) if out.exists() else done.stdout

    return run
