"""A script of the operator's, called as ntopng calls its alert handlers.

One process per alert; on its input stands the alert's JSON as one line without a line end, then the
input ends. Only scripts of the folder NTOPWEB_SCRIPTS run (``scripts`` in the data folder), without
a shell, with a bare environment. Exit code 75 (EX_TEMPFAIL of sysexits.h) asks for another attempt.
"""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from checks.parameters import choice, number
from recipients.endpoints.base import (
    Addressee,
    Answer,
    DeliveryError,
    Message,
    Outbound,
    Service,
    Verdict,
)
from recipients.parameters import line

TRY_AGAIN: Final = 75
_KEPT: Final = 4000


@dataclass(frozen=True)
class Shell(Service):
    """A script in the scripts folder."""

    title = "Shell script"
    icon = "terminal"
    hint = "The script lies in the scripts folder of the data folder, is executable, and reads one "
    hint += "line of JSON."
    one_by_one = True
    needs_ntopng = True

    script: str = line(
        "Script",
        is_required=True,
        pattern=r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.(sh|py)",
        looks="the name of a file that ends in .sh or .py, without a folder",
    )
    options: str = line("Options", help="Arguments, as on a command line.")
    execution: str = choice(
        "Runs",
        "always",
        ("always", "engage", "release"),
        help="As in ntopng, flow alerts are stored, not engaged: they run under always.",
    )
    timeout: float = number("Time limit", 10, unit="s", minimum=1, maximum=60)

    def send(self, to: Addressee, message: Message, out: Outbound) -> Answer:
        """Run the script for the message's one alert."""
        alert = dict(message.items[0].ntopng)
        action = alert.get("action", "")
        if self.execution not in ("always", action) and action:
            return Answer(None, f"not run: it runs at {self.execution}, this is {action}")
        return run(find(self.script), self._arguments(), json.dumps(alert), self.timeout)

    def _arguments(self) -> list[str]:
        try:
            return shlex.split(self.options)
        except ValueError as error:
            raise DeliveryError(f"options: {error}", Verdict.DISABLED) from error

    @property
    def longest(self) -> float:
        """Return the time limit and what it takes to end the script."""
        return self.timeout + 2


def find(name: str) -> Path:
    """Return the script in the scripts folder; raises DeliveryError saying what to do."""
    folder = Path(settings.SCRIPTS_DIR).resolve()
    script = (folder / name).resolve()
    if script.parent != folder or not script.is_file():
        raise DeliveryError(f"there is no script {name} in {folder}", Verdict.DISABLED)
    if not os.access(script, os.X_OK):
        raise DeliveryError(f"{script} is not executable: chmod +x it", Verdict.DISABLED)
    return script


def run(script: Path, arguments: list[str], line: str, seconds: float) -> Answer:
    """Run it and return its exit code and output; raises DeliveryError for what is no success."""
    try:
        process = subprocess.Popen(
            [str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=script.parent,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
            start_new_session=True,
        )
    except OSError as error:
        raise DeliveryError(f"{script.name} cannot be started: {error.strerror}") from error
    with process:
        return _judge(script.name, *_converse(process, line.encode(), seconds), seconds)


def _converse(
    process: subprocess.Popen[bytes], line: bytes, seconds: float
) -> tuple[int | None, str]:
    """Give the line, keep the beginning of the output; return code (None if killed) and output."""
    assert process.stdin and process.stdout  # noqa: S101 (both are pipes)
    ends_at, kept = time.monotonic() + seconds, b""
    try:
        process.stdin.write(line)
        process.stdin.close()
    except BrokenPipeError:
        pass  # it does not read its input
    while (left := ends_at - time.monotonic()) > 0:
        ready, _, _ = select.select([process.stdout], [], [], min(left, 0.05))
        if ready:
            if not (chunk := process.stdout.read1(65_536)):  # type: ignore[attr-defined]
                break
            kept = (kept + chunk)[:_KEPT]
        elif process.poll() is not None:
            break  # what it left running may hold its output open
    return _end(process, ends_at), kept.decode("utf-8", "replace").strip()


def _end(process: subprocess.Popen[bytes], ends_at: float) -> int | None:
    """Wait for the end; kill it and its children when the time is over."""
    try:
        return process.wait(max(ends_at - time.monotonic(), 0.01))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def _judge(name: str, code: int | None, output: str, seconds: float) -> Answer:
    said = f": {output}" if output else ""
    if code is None:
        raise DeliveryError(f"{name} ran longer than {seconds:g} s and was killed{said}")
    if code == TRY_AGAIN:
        raise DeliveryError(f"{name} asks for another attempt (exit 75){said}", status=code)
    if code:
        raise DeliveryError(f"{name} ended with {code}{said}", Verdict.REFUSED, status=code)
    return Answer(0, output)
