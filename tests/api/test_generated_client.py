"""``openapi-python-client`` makes a client of the document, and it pages through all flows.

All 100,000 flows: ``NTOPWEB_API_FLOWS=100000 pytest tests/api/test_generated_client.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.api.test_document import document
from tests.monitoring import builders

FLOWS = int(os.environ.get("NTOPWEB_API_FLOWS", 20_000))


@pytest.fixture(scope="session")
def client_python(tmp_path_factory: Any) -> Path:
    """Return the Python of an environment that has the generated client."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "document.json").write_text(json.dumps(document()))
    run(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "openapi-python-client")
    generate = folder / "venv" / "bin" / "openapi-python-client"
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"  # it formats with its own ruff
    words = ("generate", "--path", "document.json", "--output-path", "made")
    run(generate, *words, cwd=folder, env={**os.environ, "PATH": path})
    site = run(python, "-c", "import site; print(site.getsitepackages()[0])").strip()
    (Path(site) / "made.pth").write_text(str(folder / "made"))
    return python


def run(*words: Any, **how: Any) -> str:
    done = subprocess.run(
        list(map(str, words)), capture_output=True, text=True, timeout=900, check=False, **how
    )
    assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def many_flows(count: int) -> None:
    """Store so many flows, a millisecond apart."""
    first = builders.a_flow(time=timezone.now() - timedelta(minutes=30))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM flow LIMIT 0")
        names = [column.name for column in cursor.description or ()]
        made = {"flow_id": "flow_id + g", "time": "time - g * interval '1 ms'"}
        values = ", ".join(made.get(name, name) for name in names)
        cursor.execute(
            f"INSERT INTO flow ({', '.join(names)}) SELECT {values}"
            " FROM flow, generate_series(1, %s) g WHERE flow_id = %s",
            [count - 1, first.flow_id],
        )


def test_the_generated_client_pages_through_all_flows(
    client_python: Path, transactional_db: None, live_server: Any
) -> None:
    many_flows(FLOWS)
    token = builders.a_token(builders.a_user("reader", is_superuser=True))
    script = Path(__file__).parent / "paging.py"
    assert run(client_python, script, live_server.url, token) == f"{FLOWS} {FLOWS}\n"
