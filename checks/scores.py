"""What the flows of each host scored in the last minutes, for the frame of hosts.

A batch of flows leaves what its rows scored as a part, in its own transaction; whoever needs the
sums reads each part once and keeps it. So a host frame costs what came since the last one, however
many flows are stored.
"""

from __future__ import annotations

import io
import threading
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from capture_agent.schema import FLOW

#: What a flow scored counts for so long, by its own time.
WINDOW: Final = timedelta(minutes=5)
_FRAME: Final = "score"
_COLUMNS: Final = (
    *("interface_id", "flow_id", "last_seen", "vlan"),
    *("client_high", "client_low", "server_high", "server_low"),
)
_KEPT: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "interface_id": pl.Int32,
    **{name: FLOW[name] for name in _COLUMNS[1:]},
    "score": pl.Int16,
    "part": pl.Int64,
}
_PARTS: Final = pl.Schema(_KEPT)
#: What a host's flows scored: each flow once for either end.
HOSTS: Final = pl.Schema(
    {"host_high": pl.UInt64, "host_low": pl.UInt64, "vlan": pl.UInt16, "score": pl.Int32}
)


def append(cursor: Any, table: pl.DataFrame, scores: pl.Series) -> None:
    """Leave what an enriched flow frame's rows scored, in the caller's transaction."""
    rows = table.select(*_COLUMNS, scores.alias("score")).filter(scores > 0)
    if rows.height:
        arrow = io.BytesIO()
        rows.write_ipc_stream(arrow, compression="zstd")
        cursor.execute(
            "INSERT INTO checks_part (frame, arrow, is_folded) VALUES (%s, %s, true)",
            [_FRAME, arrow.getvalue()],
        )


class Scores:
    """The parts of the last minutes, as this process has read them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Read all anew, as after another database was chosen."""
        self._known: set[int] = set()
        self._rows = _PARTS.to_frame()

    def of_hosts(self, cursor: Any, interface: int, now: datetime) -> pl.DataFrame:
        """Return HOSTS: a row per host of the interface whose flows scored in the window."""
        with self._lock:
            self._refresh(cursor, now)
            rows = self._rows
        return _by_host(rows, interface, now - WINDOW)

    def _refresh(self, cursor: Any, now: datetime) -> None:
        cursor.execute(
            "SELECT id FROM checks_part WHERE frame = %s AND created_at > %s",
            [_FRAME, now - WINDOW],
        )
        there = {part for (part,) in cursor.fetchall()}
        if self._known - there:
            self._rows = self._rows.filter(pl.col("part").is_in(list(there)))
        if fresh := sorted(there - self._known):
            cursor.execute("SELECT id, arrow FROM checks_part WHERE id = ANY(%s)", [fresh])
            read = [_read(part, bytes(arrow)) for part, arrow in cursor.fetchall()]
            self._rows = pl.concat([self._rows, *read], rechunk=True)
        self._known = there


SCORES: Final = Scores()


def prune(cursor: Any, now: datetime) -> None:
    """Remove the parts that are past the window; what others remove just now is left to them."""
    cursor.execute(
        "DELETE FROM checks_part WHERE id IN (SELECT id FROM checks_part WHERE frame = %s"
        " AND created_at < %s FOR UPDATE SKIP LOCKED)",
        [_FRAME, now - WINDOW],
    )


def _read(part: int, arrow: bytes) -> pl.DataFrame:
    rows = pl.read_ipc_stream(io.BytesIO(arrow))
    return rows.with_columns(pl.lit(part, pl.Int64).alias("part")).select(list(_PARTS))


def _by_host(rows: pl.DataFrame, interface: int, since: datetime) -> pl.DataFrame:
    """Return HOSTS; a flow counts with the highest score of its rows."""
    ends = ("client", "server")
    halves = [f"{end}_{half}" for end in ends for half in ("high", "low")]
    flows = (
        rows.filter((pl.col("interface_id") == interface) & (pl.col("last_seen") > since))
        .group_by("flow_id")
        .agg(pl.col("score").max().cast(pl.Int32), pl.col("vlan", *halves).first())
    )
    sides = [
        flows.select(
            pl.col(f"{end}_high").alias("host_high"),
            pl.col(f"{end}_low").alias("host_low"),
            *("vlan", "score"),
        )
        for end in ends
    ]
    return pl.concat(sides).group_by("host_high", "host_low", "vlan").agg(pl.col("score").sum())
