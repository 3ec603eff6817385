"""What a replay of capture files must know to go on after a crash, kept beside the spool.

A meter yields the same rows in the same pieces when it reads the same files again with the same
identity (:class:`capture_agent.sources.ndpi.PcapSource`). So a restarted replay takes up the
session of the one that was killed and reads its files from the beginning: every batch gets the
number it had, and what the server has already is a repeat for it. What was acknowledged for certain
is not even sent. The file is gone once the server has all; a run that was stopped on purpose, whose
last batches are cut short, is not taken up either.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from capture_agent import __version__
from capture_agent.batcher import Batch

#: Seconds between two notes of what was acknowledged; an old note costs repeats, nothing else.
NOTE_EVERY: Final = 0.5
_OPTIONS: Final = ("url", "name", "speed", "keep_time", "kind", "interface", "engine", "filter")


class Replay:
    """One replay, over as many processes as it takes.

    ``session`` names its batches, ``identity`` its flows; ``begun`` is when it began, in µs since
    1970; ``wanted`` are the events that the server wanted then. The server has all batches up to
    the number ``acknowledged``; up to ``acknowledged_before`` since before this process. Safe for
    several threads.
    """

    def __init__(self, file: Path, state: Mapping[str, Any], *, is_resumed: bool) -> None:
        self.is_resumed = is_resumed
        self.session = UUID(state["session"])
        self.begun = int(state["begun"])
        self.wanted = frozenset(map(str, state["wanted"]))
        self.acknowledged = self.acknowledged_before = int(state["acknowledged"])
        self._file, self._state = file, dict(state)
        self._ahead: set[int] = set()
        self._lock = threading.Lock()
        self._noted = 0.0

    @property
    def identity(self) -> int:
        """The 31 bits by which the meter numbers this replay's flows."""
        return self.session.int & (1 << 31) - 1

    def acknowledge(self, batch: Batch) -> None:
        """Note that the server has answered a batch for good."""
        if batch.session != self.session:
            return
        with self._lock:
            self._ahead.add(batch.sequence)
            while self.acknowledged + 1 in self._ahead:
                self.acknowledged += 1
                self._ahead.discard(self.acknowledged)
            if time.monotonic() - self._noted > NOTE_EVERY and self._file.exists():
                self._noted = time.monotonic()
                self._state["acknowledged"] = self.acknowledged
                with contextlib.suppress(OSError):  # then there are more repeats
                    _write(self._file, self._state, is_durable=False)

    def break_off(self) -> bool:
        """Say whether a run that is stopped may flush: not while it catches up with an earlier one.

        After a flush it is over: what follows would not be what another process yields.
        """
        if not self.is_resumed:
            self.finish()
        return not self.is_resumed

    def finish(self) -> None:
        """Forget the replay: it is over."""
        with self._lock:
            self._file.unlink(missing_ok=True)


def take_up(folder: Path, command: Mapping[str, Any]) -> Replay | None:
    """Return the unfinished replay of the same command on the same files, None when there is none.

    ``folder`` is the spool's.
    """
    try:
        state = json.loads(_file(folder).read_text())
        return (
            Replay(_file(folder), state, is_resumed=True) if state["command"] == command else None
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def begin(folder: Path, command: Mapping[str, Any], wanted: Iterable[str], now: float) -> Replay:
    """Return a new replay, which is on disk by then. ``now`` is Unix time. Raises OSError."""
    state = {
        "command": command,
        "session": str(uuid4()),
        "begun": int(now * 1_000_000),
        "wanted": sorted(wanted),
        "acknowledged": 0,
    }
    _write(_file(folder), state, is_durable=True)
    return Replay(_file(folder), state, is_resumed=False)


def describe(options: argparse.Namespace) -> dict[str, Any]:
    """Return what must be the same for two replays to be one: program, options and files."""
    files = [(str(path.absolute()), path.stat()) for path in options.files]
    found = {name: getattr(options, name) for name in _OPTIONS} | {
        "version": __version__,
        "files": [[path, seen.st_size, seen.st_mtime_ns] for path, seen in files],
    }
    return dict(json.loads(json.dumps(found)))


def _file(folder: Path) -> Path:
    return folder / "replay.json"


def _write(file: Path, state: Mapping[str, Any], *, is_durable: bool) -> None:
    partial = file.with_suffix(".partial")
    with partial.open("w") as handle:
        json.dump(state, handle)
        if is_durable:
            handle.flush()
            os.fsync(handle.fileno())
    partial.replace(file)
