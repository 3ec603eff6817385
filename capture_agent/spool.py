"""The bounded spool: a batch is a file from before it is posted until the server has it.

Why files for every batch, also when the server answers at once: then there is one path, the memory
held is one batch per request in flight whatever the outage lasts, and an agent that was killed
resumes by listing a folder. A file written and removed within milliseconds stays in the page cache
and costs some tens of microseconds.

What is safe when:

- The agent is killed (``kill -9``): everything in the spool. A file appears whole (written beside,
  then renamed) and keeps its session and sequence, so that a batch which was stored but not yet
  removed is a repeat for the server and not stored twice.
- The machine loses power: batches that had to wait. Once a post fails, all that waits is synced to
  the disk, and every further batch when it is written, until a post succeeds. A batch that is
  acknowledged at once never costs a sync: an agent would sync four times a second for ever to save
  a quarter of a second of rows, while the flows that the meter still holds in memory are lost
  anyway. A file that a crash left torn is found by its length and set aside.

Full, the spool either drops its oldest batch, counted (``spool_drops``: live traffic does not
wait), or makes the writer wait (a replay does). What the server refused for its content is kept in
``rejected/`` beside the server's answer, never sent again, and bounded too.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import threading
from collections import deque
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from uuid import UUID

from capture_agent.batcher import Batch

LIMIT: Final = 512 * 1024 * 1024
#: The rejected batches may take this share of the spool's limit.
REJECTED_SHARE: Final = 8
_BLOCK: Final = 4096  # what the smallest file takes on common file systems


class SpoolError(Exception):
    """The spool's folder cannot be used; the text says what to do."""


class Entry(NamedTuple):
    """A batch in the spool."""

    path: Path
    size: int  # bytes on disk, in whole blocks


class Spool:
    """The batches on disk that the server has not acknowledged; safe for several threads.

    ``spool_drops`` and ``rejected`` count batches since the start.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.limit = limit
        self.spool_drops = 0
        self.rejected = 0
        self._waiting_folder = folder / "batches"
        self._rejected_folder = folder / "rejected"
        self._lock = _open(folder, (self._waiting_folder, self._rejected_folder))
        self._changed = threading.Condition()
        self._taken: set[Entry] = set()
        self._closed = False
        self._hurry = False
        self._durable = False
        self._waiting = deque(_leftovers(self._waiting_folder))
        self._size = sum(entry.size for entry in self._waiting)

    def __len__(self) -> int:
        """Return how many batches wait, those in flight included."""
        with self._changed:
            return len(self._waiting) + len(self._taken)

    def put(self, batch: Batch, *, wait: bool) -> None:
        """Write a batch; full, wait for room or drop the oldest. Raises SpoolError.

        A batch that an earlier process left, and that is made again, is there already.
        """
        data = _to_bytes(batch)
        size = _blocks(len(data))
        path = self._waiting_folder / f"{batch.session}-{batch.sequence:010d}.batch"
        if _is_there(path, data):
            return
        while True:
            self._make_room(size, wait)
            try:
                _write(path, data)
                break
            except OSError as error:
                self._on_write_error(error, wait)
        if self._durable:
            _sync(path)
        with self._changed:
            if any(entry.path == path for entry in (*self._waiting, *self._taken)):
                return  # it was torn, and is whole now
            self._waiting.append(Entry(path, size))
            self._size += size
            self._changed.notify_all()

    def take(self) -> Entry | None:
        """Return the oldest batch that is not taken, waiting for one; None once closed."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            entry = self._waiting.popleft()
            self._taken.add(entry)
            return entry

    def read(self, entry: Entry) -> Batch | None:
        """Return a taken batch; None, set aside as rejected, when its file is torn."""
        batch = _read(entry.path)
        if batch is None:
            self.reject(entry, {"error": "the file is damaged: the machine stopped while writing"})
        return batch

    def remove(self, entry: Entry) -> None:
        """Forget a taken batch: the server has it."""
        entry.path.unlink(missing_ok=True)
        self._durable = False
        self._release(entry)

    def give_back(self, entry: Entry) -> None:
        """Let a taken batch wait again, first in the order; from now on the spool is synced."""
        with self._changed:
            self._taken.discard(entry)
            self._waiting.appendleft(entry)
            self._changed.notify_all()
            unsynced = [] if self._durable else [waiting.path for waiting in self._waiting]
            self._durable = True
        for path in unsynced:
            _sync(path)

    def reject(self, entry: Entry, answer: dict[str, Any]) -> None:
        """Set a taken batch aside for good, with the server's answer beside it."""
        target = self._rejected_folder / entry.path.name
        with contextlib.suppress(OSError):
            target.with_suffix(".json").write_text(json.dumps(answer, indent=1) + "\n")
            entry.path.replace(target)
        entry.path.unlink(missing_ok=True)
        self.rejected += 1
        _bound(self._rejected_folder, self.limit // REJECTED_SHARE)
        self._release(entry)

    def wait_until_empty(self, seconds: float | None = None) -> bool:
        """Wait until nothing is left, the spool is closed or ``seconds`` are over."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_empty() or self._closed, seconds)
            return self._is_empty()

    def hurry(self) -> None:
        """Let no writer wait any more: the last batches may exceed the limit. Signal-safe."""
        self._hurry = True

    def close(self) -> None:
        """End all waiting; what is left stays on disk for the next start."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def unlock(self) -> None:
        """Let another process have the folder."""
        self._lock.close()

    def _is_empty(self) -> bool:
        return not self._waiting and not self._taken

    def _release(self, entry: Entry) -> None:
        with self._changed:
            self._taken.discard(entry)
            self._size -= entry.size
            self._changed.notify_all()

    def _make_room(self, size: int, wait: bool) -> None:
        with self._changed:
            while self._size and self._size + size > self.limit and not self._hurry:
                if wait or not self._drop_oldest():
                    self._changed.wait(1.0)

    def _drop_oldest(self) -> bool:
        if not self._waiting:
            return False
        entry = self._waiting.popleft()
        entry.path.unlink(missing_ok=True)
        self._size -= entry.size
        self.spool_drops += 1
        return True

    def _on_write_error(self, error: OSError, wait: bool) -> None:
        """Treat a full disk as a full spool; raise SpoolError for all else."""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        with self._changed:
            if not full or self._hurry or self._is_empty():
                raise SpoolError(
                    f"cannot write to the spool {self._waiting_folder}: {error.strerror}"
                ) from error
            if wait or not self._drop_oldest():
                self._changed.wait(1.0)


def _open(folder: Path, parts: tuple[Path, ...]) -> IO[str]:
    """Make the folders and lock them for this process. Raises SpoolError."""
    try:
        for part in parts:
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise SpoolError(
            f"another agent uses the spool {folder}: give this one its own with --spool"
        ) from None
    except OSError as error:
        raise SpoolError(f"cannot use the spool {folder}: {error.strerror}; see --spool") from error
    return lock


def _leftovers(folder: Path) -> list[Entry]:
    """Return what an earlier process left, oldest first."""
    found = []
    for path in folder.iterdir():
        if path.suffix == ".batch":
            status = path.stat()
            found.append((status.st_mtime_ns, path.name, Entry(path, _blocks(status.st_size))))
        else:
            path.unlink()
    return [entry for _, _, entry in sorted(found)]


def _to_bytes(batch: Batch) -> bytes:
    """Return a batch as its file: a line of JSON that ends with the body's length, the body."""
    head = {**batch._asdict(), "session": str(batch.session), "body": len(batch.body)}
    return json.dumps(head).encode() + b"\n" + batch.body


def _read(path: Path) -> Batch | None:
    """Return the batch of a file, None when it is not whole."""
    try:
        line, _, body = path.read_bytes().partition(b"\n")
        head = json.loads(line)
        if head.pop("body") != len(body):
            return None
        return Batch(**{**head, "session": UUID(head["session"]), "body": body})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_there(path: Path, data: bytes) -> bool:
    """Return whether a file has this content already."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    """Bring a file and its name to the disk; at best, since the spool goes on without."""
    for target in (path, path.parent):
        with contextlib.suppress(OSError):
            handle = os.open(target, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _bound(folder: Path, limit: int) -> None:
    """Remove the oldest files until the folder holds at most ``limit`` bytes."""
    files = sorted(
        (path.stat().st_mtime_ns, path.stat().st_size, path) for path in folder.iterdir()
    )
    size = sum(_blocks(length) for _, length, _ in files)
    for _, length, path in files:
        if size <= limit:
            return
        path.unlink(missing_ok=True)
        size -= _blocks(length)


def _blocks(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
