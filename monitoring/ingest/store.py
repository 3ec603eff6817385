"""Writing a batch's rows with the caller's cursor: COPY of columns, in CSV that polars makes."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from capture_agent.schema import FLOW_DETAIL
from monitoring.storage.tables import FLOW

Cursor = Any

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
JSON_NULL: Final = r'"[a-z0-9_]+":null,?'
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


def details(table: pl.DataFrame) -> pl.Series:
    """Return each row's JSON of the detail columns that are not null, null where there is none."""
    names = [name for name in FLOW_DETAIL if table[name].null_count() < table.height]
    if not names:
        return pl.Series("detail", [None] * table.height, dtype=pl.String)
    dates = [name for name in names if isinstance(table.schema[name], pl.Datetime)]
    said = table.select(names).with_columns(
        pl.col(dates).dt.strftime("%Y-%m-%dT%H:%M:%SZ") if dates else []
    )
    is_said = pl.any_horizontal(pl.col(names).is_not_null())
    encoded = pl.struct(names).struct.json_encode().str.replace_all(JSON_NULL, "")
    cleaned = encoded.str.replace(r",\}$", "}").str.replace_all(JSON_NUL, "$1")
    return said.select(pl.when(is_said).then(cleaned).alias("detail"))["detail"]


def narrow(
    table: pl.DataFrame,
    applications: pl.Series,
    categories: pl.Series,
    scores: pl.Series,
    checks: pl.Series,
) -> pl.DataFrame:
    """Return the rows of ``flow`` for an enriched flow frame, with its addresses as text."""
    enums = ("event", "tunnel", "connection_state", "direction")
    return table.with_columns(
        pl.col("last_seen").alias("time"),
        pl.col(enums).to_physical().cast(pl.Int16),
        pl.col("risk").reinterpret(signed=True),
        _position("confidence", CONFIDENCES),
        _position("breed", BREEDS),
        applications.alias("application_id"),
        categories.alias("category_id"),
        scores.cast(pl.Int16).alias("score"),
        ("{" + checks.cast(pl.List(pl.String)).list.join(",") + "}").alias("checks"),
    ).select(list(FLOW))


def _position(column: str, words: tuple[str, ...]) -> pl.Expr:
    numbers = {word: number for number, word in enumerate(words)}
    return pl.col(column).replace_strict(numbers, default=0, return_dtype=pl.Int16)


def write_flows(cursor: Cursor, rows: pl.DataFrame, detail: pl.Series) -> None:
    """Store finished and interval rows in ``flow``; keep the latest of active flows in live."""
    end, update = 3, 2
    kept = rows.with_columns(detail)
    stored = kept.filter(pl.col("event") >= update)
    copy(cursor, "flow", stored.select(list(FLOW)))
    copy(
        cursor,
        "flow_detail",
        stored.filter(pl.col("detail").is_not_null()).select("time", "flow_id", "detail"),
    )
    latest = kept.sort("event", "time").unique("flow_id", keep="last")
    ended = latest.filter(pl.col("event") == end)["flow_id"].sort().to_list()
    _replace_live(cursor, latest.filter(pl.col("event") < end))
    if ended:
        cursor.execute("DELETE FROM flow_live WHERE flow_id = ANY(%s)", [ended])


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
