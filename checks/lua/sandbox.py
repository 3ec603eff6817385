"""Lua with nothing but pure functions over columns, and limits on what a script may use.

No Python object is within a script's reach, no library of Lua's that touches the outside. Limits
stop a loop at its row; what they cannot stop (a long C function) the parent kills by the clock:
:mod:`checks.lua.process`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from lupa.lua54 import LuaError, LuaRuntime

from checks.lua.columns import Packed
from monitoring.risks import NAMES

_HERE: Final = Path(__file__).parent
#: Read once: the process that runs scripts can open nothing afterwards.
_CHUNKS: Final = {
    name: (_HERE / f"{name}.lua").read_bytes()
    for name in ("limits", "console", "flow", "host", "engine")
}


class Table(Protocol):
    """What the sandbox reads columns from."""

    def __getitem__(self, name: str) -> Packed:
        """Return a packed column; raises KeyError."""


@dataclass(frozen=True)
class Limits:
    """What scripts may use. Steps are a thousand instructions of Lua's machine."""

    row_steps: int = 200  # some milliseconds of one core
    batch_steps_per_row: int = 5
    least_batch_steps: int = 20_000
    pattern_steps: float = 5e7
    text_bytes: int = 1_000_000
    items: int = 1_000_000
    memory: int = 256 * 2**20  # bytes of one batch, columns included
    console_bytes: int = 65_536


@dataclass(frozen=True)
class Hit:
    """A row that a script alerts on; rows count from 0."""

    row: int
    score: int
    message: str


@dataclass(frozen=True)
class Effect:
    """What a host script asks for.

    ``skip_until`` is an epoch, -1 for good, 0 no more, None as it is; ``reset`` counts the host's
    contacts anew.
    """

    row: int
    skip_until: int | None
    reset: bool


@dataclass(frozen=True)
class Outcome:
    """What one script did over one table."""

    hits: list[Hit] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    #: (row, what went wrong with its line), the first twenty.
    errors: list[tuple[int, str]] = field(default_factory=list)
    failed_rows: list[int] = field(default_factory=list)
    console: str = ""
    visited: int = 0
    #: What the last error's row is, as "flow 7"; "" where only its number is known.
    failed_on: str = ""
    #: Set when the script could not be compiled or did not get to its last row.
    stopped: str = ""

    @property
    def last_error(self) -> str:
        """Return what went wrong last, with its row, "" where nothing did."""
        if self.stopped or not self.errors:
            return self.stopped
        row, text = self.errors[-1]
        return f"{self.failed_on or f'row {row}'}: {text}"


def _refuse(_object: object, name: object, _is_setting: bool) -> str:
    raise AttributeError(f"{name!r} is not available")


class Sandbox:
    """One table's scripts; made anew for each table, so that nothing outlives it."""

    def __init__(self, columns: Table, rows: int, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._columns, self._rows = columns, rows
        self._lua = LuaRuntime(
            encoding=None,
            unpack_returned_tuples=True,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_refuse,
            max_memory=self._limits.memory,
        )
        self._engine = self._load()

    def run(
        self,
        source: str,
        target: str,
        params: Mapping[str, object] | None = None,
        rows: np.ndarray[Any, np.dtype[np.int64]] | None = None,
    ) -> Outcome:
        """Run a script over the rows (all, unless given; from 0); never raises for what it does."""
        count = self._rows if rows is None else len(rows)
        packed = None if rows is None else (rows + 1).astype(np.int64).tobytes()
        given = self._lua.table_from({_bytes(k): _value(v) for k, v in (params or {}).items()})
        try:
            run = self._engine[b"run"]
            answer = run(source.encode(), target.encode(), given, packed, count)
        except (LuaError, MemoryError) as error:
            return Outcome(stopped=str(error) or "the memory of the batch is used up")
        return _outcome(answer)

    def transfer(self, names: Sequence[str]) -> None:
        """Make the columns ahead; raises LuaError for an unknown one. For measurements."""
        for name in names:
            self._engine[b"column"](name.encode())

    def _load(self) -> Any:
        limits = self._limits
        bounds = {
            b"row_steps": limits.row_steps,
            b"batch_steps": max(limits.least_batch_steps, self._rows * limits.batch_steps_per_row),
            b"pattern_steps": limits.pattern_steps,
            b"text_bytes": limits.text_bytes,
            b"items": limits.items,
        }
        guard = self._chunk("limits")(self._lua.table_from(bounds))
        risks = self._lua.table_from({bit: name.encode() for bit, name in enumerate(NAMES)})
        parts = {name.encode(): self._chunk(name) for name in ("console", "flow", "host")}
        chunks = self._lua.table_from(parts)
        return self._chunk("engine")(self._fetch, guard, chunks, risks, limits.console_bytes)

    def _chunk(self, name: str) -> Any:
        load = self._lua.eval(b"load")
        return load(_CHUNKS[name], b"=" + name.encode(), b"t")

    def _fetch(self, name: bytes) -> tuple[bytes, bytes, int]:
        column = self._columns[name.decode()]
        return column.data, column.code, column.rows


def _bytes(text: str) -> bytes:
    return text.encode()


def _value(value: object) -> object:
    return value.encode() if isinstance(value, str) else value


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace").replace("\0", "")


def _outcome(answer: tuple[Any, ...]) -> Outcome:
    if answer[0] is None:
        return Outcome(stopped=_text(answer[1]))
    hits, effects, errors, failed, console, visited, is_spent = answer
    return Outcome(
        hits=sorted((Hit(r - 1, s, m) for r, s, m in _rows(hits, "<Ii")), key=lambda hit: hit.row),
        effects=[
            Effect(row - 1, None if skip == -2 else skip, bool(reset))
            for row, skip, reset in struct.iter_unpack("<Iqi", effects)
        ],
        errors=[(row - 1, message) for row, message in _rows(errors, "<I")],
        failed_rows=[row - 1 for (row,) in struct.iter_unpack("<I", failed)],
        console=_text(console),
        visited=visited,
        stopped="the instructions for the batch are used up" if is_spent else "",
    )


def _rows(data: bytes, head: str) -> Iterator[tuple[Any, ...]]:
    """Yield what was packed by ``head`` and a text with its length before it."""
    fixed, at = struct.Struct(head + "I"), 0
    while at < len(data):
        *values, length = fixed.unpack_from(data, at)
        at += fixed.size
        yield (*values, _text(data[at : at + length]))
        at += length
