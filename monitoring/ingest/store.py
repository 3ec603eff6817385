"""Writing a batch's rows with the caller's cursor: COPY of columns, in CSV that polars makes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from capture_agent.schema import EVENT
from monitoring.storage.tables import FLOW

Cursor = Any
Numbers = np.ndarray[Any, np.dtype[Any]]

#: Numbers of the events in ``flow``.
UPDATE: Final = EVENT.categories.to_list().index("update")
END: Final = EVENT.categories.to_list().index("end")

#: nDPI's words for how sure it is (ndpi_confidence_get_name), by their number in ``flow``.
CONFIDENCES: Final = (
    *("", "Unknown", "Match by port", "nBPF", "DPI (partial)", "DPI (partial cache)"),
    *("DPI (cache)", "DPI", "Match by IP", "DPI (aggressive)", "Match by custom rule"),
)
#: nDPI's words for how good an application is (ndpi_get_proto_breed_name), likewise.
BREEDS: Final = (
    *("", "Safe", "Acceptable", "Fun", "Unsafe", "Potentially_Dangerous", "Dangerous"),
    *("Tracker_Ads", "Unrated"),
)
#: An escaped NUL, which jsonb refuses; an even number of backslashes before it is text.
JSON_NUL: Final = r"((?:^|[^\\])(?:\\\\)*)\\u0000"


def copy(cursor: Cursor, table: str, rows: pl.DataFrame) -> int:
    """COPY the rows into the table's columns of the same names; return how many."""
    if rows.height:
        columns = ", ".join(f'"{name}"' for name in rows.columns)
        statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')"
        data = rows.write_csv(include_header=False, null_value="\\N", quote_style="non_numeric")
        with cursor.copy(statement) as stream:
            stream.write(data.encode())
    return rows.height


def written(table: pl.DataFrame) -> tuple[Numbers, Numbers]:
    """Return which rows are written, and where among these each flow's last one is.

    Written are all that end or sum up an interval, and each flow's last.
    """
    event = table["event"].to_physical().to_numpy()
    latest = _latest(table["flow_id"], event, table["last_seen"])
    is_written = event >= UPDATE
    is_written[latest] = True
    rows = np.flatnonzero(is_written)
    return rows, np.searchsorted(rows, latest)


def _latest(flow_id: pl.Series, event: Numbers, time: pl.Series) -> Numbers:
    """Return where each flow's last row is: by event, then by time."""
    order = np.lexsort((time.to_physical().to_numpy(), event))[::-1]
    _, first = np.unique(flow_id.to_numpy()[order], return_index=True)
    return order[first]


def narrow(
    table: pl.DataFrame,
    applications: pl.Series,
    categories: pl.Series,
    scores: pl.Series,
    checks: pl.Series,
) -> pl.DataFrame:
    """Return the rows of ``flow`` for an enriched flow frame, with its addresses as text."""
    made = {
        **{name: pl.col(name).to_physical().cast(pl.Int16) for name in _ENUMS},
        "time": pl.col("last_seen"),
        "risk": pl.col("risk").reinterpret(signed=True),
        "confidence": _position("confidence", _CONFIDENCE),
        "breed": _position("breed", _BREED),
        "checks": pl.format("{{{}}}", pl.col("checks").cast(pl.List(pl.String)).list.join(",")),
    }
    beside = {"application_id": applications, "category_id": categories, "score": scores}
    full = table.with_columns(checks.alias("checks"), **beside)
    return full.select(made.get(name, pl.col(name)).alias(name) for name in FLOW)


_ENUMS: Final = ("event", "tunnel", "connection_state", "direction")
_CONFIDENCE: Final = pl.Enum(CONFIDENCES)
_BREED: Final = pl.Enum(BREEDS)


def _position(column: str, words: pl.Enum) -> pl.Expr:
    return pl.col(column).cast(words, strict=False).to_physical().cast(pl.Int16).fill_null(0)


def write_flows(cursor: Cursor, rows: pl.DataFrame, detail: pl.Series, latest: Numbers) -> None:
    """Store finished and interval rows in ``flow``; keep the latest of active flows in live.

    ``latest`` says where each flow's last row is, as :func:`written` does.
    """
    kept, event = rows.with_columns(detail), rows["event"].to_numpy()
    stored = kept.filter(event >= UPDATE)
    copy(cursor, "flow", stored.select(list(FLOW)))
    said = stored.select("time", "flow_id", "detail", *_MOVED).drop_nulls("detail")
    copy(cursor, "flow_detail", _not_told(cursor, said))
    _replace_live(cursor, kept[latest[event[latest] < END]])
    ended = rows["flow_id"].to_numpy()[latest[event[latest] == END]]
    if len(ended):
        cursor.execute("DELETE FROM flow_live WHERE flow_id = ANY(%s)", [ended.tolist()])


_MOVED: Final = ("packets_to_server_delta", "packets_to_client_delta")


def _not_told(cursor: Cursor, said: pl.DataFrame) -> pl.DataFrame:
    """Return the details without those that a row of the same flow and time has stored.

    A row that sums up a quiet interval, and the end after one, have the time of the row before.
    """
    quiet = said.filter(pl.sum_horizontal(_MOVED) == 0)["flow_id"]
    fresh = said.unique(["time", "flow_id"], keep="last").select("time", "flow_id", "detail")
    if quiet.is_empty():
        return fresh
    cursor.execute(
        "SELECT flow_id, time FROM flow_live WHERE flow_id = ANY(%s) AND event = %s",
        [quiet.to_list(), UPDATE],
    )
    schema = {name: fresh.schema[name] for name in ("flow_id", "time")}
    told = pl.DataFrame(cursor.fetchall(), schema=schema, orient="row")
    return fresh.join(told, on=["flow_id", "time"], how="anti")


_COLUMNS: Final = (*FLOW, "detail")
_UPSERT: Final = (
    f"INSERT INTO flow_live ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS)}"
    " FROM flow_live_in ORDER BY flow_id ON CONFLICT (flow_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "flow_id")
    + " WHERE flow_live.time <= excluded.time"
)


def _replace_live(cursor: Cursor, rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS flow_live_in (LIKE flow_live) ON COMMIT DELETE ROWS"
    )
    cursor.execute("DELETE FROM flow_live_in")  # of an earlier batch of the same transaction
    copy(cursor, "flow_live_in", rows.select(_COLUMNS))
    cursor.execute(_UPSERT)
