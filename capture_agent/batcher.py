"""Cuts what the sources yield into batches: by rows or by age, whichever comes first. Pure.

A batch is one frame's rows of one interface, as an Arrow IPC stream inside a zstd body. The Arrow
buffers are not compressed themselves: one zstd frame around all columns is smaller than one per
buffer, and the server can bound its decompression before it parses anything. Strings travel as
Arrow's older ``LargeUtf8``: faster to write than string views, a quarter smaller before
compression, and every Arrow reader knows it. Columns of a flow's detail that no row fills
are left out: written out, nothing takes as long as something.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final, NamedTuple
from uuid import UUID

import polars as pl
import zstandard

from capture_agent import schema
from capture_agent.emission import Emission

ROWS: Final = 20_000
SECONDS: Final = 0.25
#: Frames of which nothing follows for seconds: their checks need not wait for more rows.
OF_INTERVALS: Final = frozenset({"host", "interface", "application"})
#: zstd's level: 1 costs 0.5 µs a flow row and is as small as 3 on such columns.
LEVEL: Final = 1
_DETAIL: Final = frozenset(schema.FLOW_DETAIL)


class Batch(NamedTuple):
    """One encoded batch, named by its session and its sequence number there."""

    session: UUID
    sequence: int
    interface: str
    kind: str
    frame: str
    rows: int
    body: bytes


class _Pending:
    """Rows of one interface and frame that wait to be cut."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.rows = 0
        self.tables: list[pl.DataFrame] = []

    def add(self, table: pl.DataFrame) -> None:
        self.tables.append(table)
        self.rows += table.height


class Batcher:
    """Collects emissions of one session and cuts them into numbered batches.

    Times are the caller's monotonic seconds. Each method returns the batches that it cut, in the
    order of their sequence numbers.
    """

    def __init__(self, session: UUID, *, rows: int = ROWS, seconds: float = SECONDS) -> None:
        self.session = session
        self.rows = rows
        self.seconds = seconds
        self.sequence = 0
        self._pending: dict[tuple[str, str, str], _Pending] = {}
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)

    def add(self, emission: Emission, now: float) -> list[Batch]:
        """Take rows in; cut the full batches that they complete."""
        key = (emission.interface, emission.kind, emission.frame)
        pending = self._pending.setdefault(key, _Pending(now))
        pending.add(emission.table)
        if pending.rows < self.rows:
            return []
        del self._pending[key]
        table = pl.concat(pending.tables)
        whole = table.height - table.height % self.rows
        if whole < table.height:
            self._pending[key] = rest = _Pending(now)
            rest.add(table.slice(whole))
        return list(self._cut(key, table.head(whole)))

    def due(self, now: float) -> list[Batch]:
        """Cut whatever has waited for ``seconds``, and the frames of an interval at once."""
        old = [key for key, waits in self._pending.items() if self._is_due(key[2], waits, now)]
        return [batch for key in old for batch in self._cut_all(key)]

    def flush(self) -> list[Batch]:
        """Cut all that waits."""
        return [batch for key in list(self._pending) for batch in self._cut_all(key)]

    def _is_due(self, frame: str, pending: _Pending, now: float) -> bool:
        return frame in OF_INTERVALS or now - pending.since >= self.seconds

    def _cut_all(self, key: tuple[str, str, str]) -> Iterator[Batch]:
        return self._cut(key, pl.concat(self._pending.pop(key).tables))

    def _cut(self, key: tuple[str, str, str], table: pl.DataFrame) -> Iterator[Batch]:
        interface, kind, frame = key
        for part in table.iter_slices(self.rows):
            self.sequence += 1
            body = self._compressor.compress(encode(_told(part) if frame == "flow" else part))
            yield Batch(self.session, self.sequence, interface, kind, frame, part.height, body)


def _told(flows: pl.DataFrame) -> pl.DataFrame:
    """Return flow rows without the details that none of them has."""
    counts = flows.null_count().row(0)
    unsaid = [
        name
        for name, count in zip(flows.columns, counts, strict=True)
        if count == flows.height and name in _DETAIL
    ]
    return flows.drop(unsaid)


def encode(table: pl.DataFrame) -> bytes:
    """Return a table as an Arrow IPC stream of one record batch."""
    stream = io.BytesIO()
    table.rechunk().write_ipc_stream(
        stream, compression="uncompressed", compat_level=pl.CompatLevel.oldest()
    )
    return stream.getvalue()
