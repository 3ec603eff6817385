"""Stored flows as the flow frame that they came as: what can be looked at again.

Read by COPY in CSV and made columns by polars, so that many rows cost little. Rows of ``flow`` are
intervals and ends; ``start`` and ``detected`` rows are not stored.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl
from django.db import connection

from capture_agent.schema import CONNECTION_STATE, EVENT, FLOW, FLOW_DETAIL, TUNNEL, pack
from monitoring.ingest.store import BREEDS, CONFIDENCES
from monitoring.storage.tables import FLOW as STORED

#: What is stored as a position of a list of words.
WORDS: Final[Mapping[str, Sequence[str]]] = {
    "event": EVENT.categories.to_list(),
    "tunnel": TUNNEL.categories.to_list(),
    "connection_state": CONNECTION_STATE.categories.to_list(),
    "breed": BREEDS,
    "confidence": CONFIDENCES,
}
_NAMED: Final = {
    "application": "(SELECT name FROM monitoring_application WHERE id = f.application_id)",
    "category": "(SELECT name FROM monitoring_category WHERE id = f.category_id)",
    "last_seen": "f.time",
    "client": "host(f.client)",
    "server": "host(f.server)",
}
_TIMES: Final = ("last_seen", "first_seen", "interval_start")
_DATES: Final = tuple(name for name in FLOW_DETAIL if isinstance(FLOW[name], pl.Datetime))
_DETAIL: Final = pl.Struct({n: pl.String if n in _DATES else FLOW[n] for n in FLOW_DETAIL})


def _columns() -> dict[str, str]:
    """Return the SQL of each column of the answer, the detail aside."""
    narrow = [name for name in FLOW if name in STORED]
    found = {name: f"f.{name}" for name in narrow} | _NAMED
    times = {name: f"(extract(epoch FROM {found[name]}) * 1000000)::bigint" for name in _TIMES}
    return found | times


_COLUMNS: Final = _columns()
_SELECT: Final = (
    "SELECT "
    + ", ".join(f'{sql} AS "{name}"' for name, sql in _COLUMNS.items())
    + ", d.detail FROM {table} f LEFT JOIN flow_detail d ON d.time = f.time"
    " AND d.flow_id = f.flow_id WHERE {where}"
)


def read(where: str, values: Sequence[Any], table: str = "flow") -> pl.DataFrame:
    """Return the rows of ``table`` (as f, its detail d) that fit, as the wire's flow frame.

    ``where`` is SQL of ours with placeholders, and may end with ORDER BY and LIMIT.
    """
    statement = f"COPY ({_SELECT.format(table=table, where=where)}) TO STDOUT (FORMAT csv, HEADER)"
    with connection.cursor() as cursor, cursor.copy(statement, values) as stream:
        data = b"".join(bytes(part) for part in stream)
    return _frame(pl.read_csv(io.BytesIO(data), schema=_CSV, null_values=[""]))


def _csv_type(name: str) -> pl.DataType | type[pl.DataType]:
    if name in (*_TIMES, *WORDS) or name.endswith("_mac") or name == "risk":
        return pl.Int64
    if name in ("client", "server", "application", "category"):
        return pl.String
    return FLOW[name]


_CSV: Final = pl.Schema({**{name: _csv_type(name) for name in _COLUMNS}, "detail": pl.String})


def _frame(rows: pl.DataFrame) -> pl.DataFrame:
    said = rows["detail"].str.json_decode(_DETAIL).struct.unnest()
    made = rows.hstack(said).with_columns(
        *(_word(name, words) for name, words in WORDS.items()),
        *(pl.from_epoch(pl.col(name), "us").dt.replace_time_zone("UTC") for name in _TIMES),
        *(pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC") for name in _DATES),
        pl.col("client_mac", "server_mac", "risk").reinterpret(signed=False),
        pl.col("application", "category").fill_null(""),
        *_packed(rows, "client"),
        *_packed(rows, "server"),
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in FLOW.items())


def _word(name: str, words: Sequence[str]) -> pl.Expr:
    numbers = pl.col(name).replace_strict(range(len(words)), list(words), return_dtype=pl.String)
    return numbers.alias(name)


def _packed(rows: pl.DataFrame, role: str) -> list[pl.Series]:
    """Return an address's two halves; each different one is read once."""
    known = rows[role].unique()
    halves = [pack(text) for text in known]
    return [
        rows[role]
        .replace_strict(known, pl.Series([h[half] for h in halves], dtype=pl.UInt64))
        .alias(f"{role}_{name}")
        for half, name in enumerate(("high", "low"))
    ]
