"""Starts the agent as its own process, as a user does."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(
    *arguments: object, token: str | None = "secret", **environment: str
) -> subprocess.Popen[str]:
    """Start ``python -m capture_agent``; the token goes by the environment."""
    inherited = {name: value for name, value in os.environ.items() if "NTOPWEB" not in name}
    given = {"NTOPWEB_AGENT_TOKEN": token} if token else {}
    return subprocess.Popen(
        [sys.executable, "-m", "capture_agent", *map(str, arguments)],
        cwd=ROOT,
        env={**inherited, **given, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: object, seconds: float = 240, **options: str | None) -> tuple[int, str]:
    """Run the agent to its end; return its exit code and what it said on stderr."""
    process = start(*arguments, **options)  # type: ignore[arg-type]
    _, errors = process.communicate(timeout=seconds)
    return process.returncode, errors
