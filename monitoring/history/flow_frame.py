"""Stored flows as the flow frame that they came as: what can be looked at again.

Read by COPY in CSV and made columns by polars, so that many rows cost little. Rows of ``flow`` are
intervals and ends; ``start`` and ``detected`` rows are not stored.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import polars as pl
from django.db import connection

from capture_agent.schema import CONNECTION_STATE, EVENT, FLOW, FLOW_DETAIL, TUNNEL, pack
from monitoring.ingest.store import BREEDS, CONFIDENCES
from monitoring.models import Application, Category
from monitoring.storage.tables import FLOW as STORED

#: What is stored as a position of a list of words.
WORDS: Final[Mapping[str, Sequence[str]]] = {
    "event": EVENT.categories.to_list(),
    "tunnel": TUNNEL.categories.to_list(),
    "connection_state": CONNECTION_STATE.categories.to_list(),
    "breed": BREEDS,
    "confidence": CONFIDENCES,
}
#: What is stored as the number of a name.
_NAMES: Final[Mapping[str, type[Application] | type[Category]]] = {
    "application": Application,
    "category": Category,
}
_NAMED: Final = {
    "application": "f.application_id",
    "category": "f.category_id",
    "last_seen": "f.time",
    "client": "host(f.client)",
    "server": "host(f.server)",
}
_TIMES: Final = ("last_seen", "first_seen", "interval_start")
_DATES: Final = tuple(name for name in FLOW_DETAIL if isinstance(FLOW[name], pl.Datetime))


def _columns() -> dict[str, str]:
    """Return the SQL of each column of the answer, the detail aside."""
    narrow = [name for name in FLOW if name in STORED]
    found = {name: f"f.{name}" for name in narrow} | _NAMED
    times = {name: f"(extract(epoch FROM {found[name]}) * 1000000)::bigint" for name in _TIMES}
    return found | times


_COLUMNS: Final = _columns()
_DETAIL_JOIN: Final = " LEFT JOIN flow_detail d ON d.time = f.time AND d.flow_id = f.flow_id"
#: What is known of a row beside the wire's columns.
_BESIDE: Final = {"interface_id": "f.interface_id"}


def read(
    where: str,
    values: Sequence[Any],
    table: str = "flow",
    columns: Collection[str] | None = None,
) -> pl.DataFrame:
    """Return the rows of ``table`` (as f, its detail d) that fit, as the wire's flow frame.

    ``where`` is SQL of ours with placeholders, and may end with ORDER BY and LIMIT. With
    ``columns`` only those are read, and all others are null; ``interface_id`` may be among them.
    """
    wanted = [*FLOW] if columns is None else [n for n in (*FLOW, *_BESIDE) if n in columns]
    plain = list(dict.fromkeys(_HALVES.get(name, name) for name in wanted or ["flow_id"]))
    read_from = {name: sql for name, sql in (_COLUMNS | _BESIDE).items() if name in plain}
    details = [name for name in FLOW_DETAIL if name in wanted]
    said = [f'{sql} AS "{name}"' for name, sql in read_from.items()]
    own = table == "flow_live"  # its rows carry their detail
    detail = ["f.detail" if own else "d.detail"] if details else []
    join = _DETAIL_JOIN if details and not own else ""
    statement = f"SELECT {', '.join([*said, *detail])} FROM {table} f{join} WHERE {where}"
    schema: dict[str, Any] = {name: _csv_type(name) for name in read_from}
    schema |= _JSON if details else {}
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)", values) as stream,
    ):
        data = b"".join(bytes(part) for part in stream)
    rows = pl.read_csv(io.BytesIO(data), schema=schema, null_values=[""])
    return _frame(rows, details, [name for name in _BESIDE if name in wanted])


#: The columns that an address's halves are made of.
_HALVES: Final = {f"{r}_{half}": r for r in ("client", "server") for half in ("high", "low")}
_JSON: Final[Mapping[str, Any]] = {"detail": pl.String}


def _csv_type(name: str) -> pl.DataType | type[pl.DataType]:
    if name in (*_TIMES, *WORDS) or name.endswith("_mac") or name == "risk":
        return pl.Int64
    if name in (*_NAMES, *_BESIDE):
        return pl.Int32
    return pl.String if name in ("client", "server") else FLOW[name]


def _frame(rows: pl.DataFrame, details: Sequence[str], beside: Sequence[str]) -> pl.DataFrame:
    """Return the wire's columns, null where they were not read, and those beside them."""
    if details:
        fields = pl.Struct({n: pl.String if n in _DATES else FLOW[n] for n in details})
        rows = rows.hstack(rows["detail"].str.json_decode(fields).struct.unnest())
    made = rows.with_columns(
        *(_word(name, WORDS[name]) for name in WORDS if name in rows.columns),
        *(_name(name, model) for name, model in _NAMES.items() if name in rows.columns),
        *(
            pl.from_epoch(pl.col(name), "us").dt.replace_time_zone("UTC")
            for name in _TIMES
            if name in rows.columns
        ),
        *(
            pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")
            for name in _DATES
            if name in details
        ),
        *(
            pl.col(name).reinterpret(signed=False)
            for name in ("client_mac", "server_mac", "risk")
            if name in rows.columns
        ),
        *(half for role in ("client", "server") if role in rows for half in _packed(rows, role)),
    )
    return made.select(
        *(
            (pl.col(name) if name in made.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in FLOW.items()
        ),
        *beside,
    )


def _name(column: str, model: type[Application | Category]) -> pl.Expr:
    """Return the names that the numbers stand for; "" for one that is gone."""
    names = dict(model._default_manager.values_list("id", "name"))
    return pl.col(column).replace_strict(names, default="", return_dtype=pl.String)


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
