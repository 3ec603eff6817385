"""From a request's body to a table with the frame's schema, within limits."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import zstandard

from capture_agent.schema import (
    CONTENT_TYPE,
    FLOW_DETAIL,
    FLOW_REQUIRED,
    FRAMES,
    JSON_CONTENT_TYPE,
    pack,
)
from monitoring.ingest.arrow import NotArrowError, claim
from monitoring.ingest.refusal import Refusal


@dataclass(frozen=True)
class Limits:
    """Bytes of the body as it came and unpacked, and rows."""

    body: int
    unpacked: int
    rows: int


def read(raw: bytes, encoding: str, content_type: str, frame: str, limits: Limits) -> pl.DataFrame:
    """Return the batch's table; raises Refusal 413, 415 or 422."""
    if len(raw) > limits.body:
        raise Refusal(413, f"body: {len(raw):,} bytes, over {limits.body:,}")
    readers: dict[str, Callable[[bytes, str, Limits], pl.DataFrame]] = {
        CONTENT_TYPE: _read_arrow,
        JSON_CONTENT_TYPE: _read_json,
    }
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in readers:
        raise Refusal(415, f"Content-Type: {kind or 'missing'}, not one of {', '.join(readers)}")
    return readers[kind](_unpack(raw, encoding, limits.unpacked), frame, limits)


def _check_rows(rows: int, limits: Limits) -> None:
    if rows > limits.rows:
        raise Refusal(413, f"rows: {rows:,}, over {limits.rows:,}")


#: The most that unpacking may look back: what zstd's levels up to 19 need.
_WINDOW: Final = 8 * 2**20
#: Brackets of JSON for each row that is allowed.
_BRACKETS: Final = 4


def _unpack(raw: bytes, encoding: str, limit: int) -> bytes:
    """Undo Content-Encoding without ever holding more than the limit."""
    if encoding in ("", "identity"):
        return raw
    if encoding != "zstd":
        raise Refusal(415, f"Content-Encoding: {encoding}, not zstd")
    try:
        unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        with unpacker.stream_reader(io.BytesIO(raw)) as reader:
            unpacked = reader.read(limit + 1)
    except zstandard.ZstdError as error:
        raise Refusal(422, f"body: no zstd ({error})") from None
    if len(unpacked) > limit:
        raise Refusal(413, f"body: more than {limit:,} bytes unpacked")
    return unpacked


def _read_arrow(data: bytes, frame: str, limits: Limits) -> pl.DataFrame:
    """Read an Arrow stream once it is known that what it claims is within the limits."""
    try:
        claimed = claim(data)
    except NotArrowError as error:
        raise Refusal(422, f"body: no Arrow IPC stream ({error})") from None
    _check_rows(max(claimed.rows, claimed.longest), limits)
    if claimed.unpacked > limits.unpacked:
        raise Refusal(413, f"body: more than {limits.unpacked:,} bytes unpacked")
    try:
        table = pl.read_ipc_stream(io.BytesIO(data))
    # polars raises many kinds for a broken stream, and panics, which is no Exception
    except (Exception, pl.exceptions.PanicException) as error:
        raise Refusal(422, f"body: no Arrow IPC stream ({error})") from None
    return conform(table, frame, limits.unpacked)


def _text_bytes(table: pl.DataFrame) -> int:
    """Return how long all texts are, each counted as often as a row has it.

    Rows may share one text's bytes, as views or by a dictionary, until they are written.
    """
    sizes = []
    for name, dtype in table.schema.items():
        if table[name].null_count() == table.height:
            continue
        if dtype == pl.String:
            sizes.append(pl.col(name).str.len_bytes())
        elif isinstance(dtype, pl.Categorical | pl.Enum):
            sizes.append(pl.col(name).cat.len_bytes())
    return sum(table.select(size.sum().cast(pl.Int64) for size in sizes).row(0)) if sizes else 0


def conform(table: pl.DataFrame, frame: str, most: int) -> pl.DataFrame:
    """Return the frame's columns in its types; raises Refusal naming what does not fit.

    ``most`` bytes of text may be in it. Columns of a flow's detail may be left out: no row says
    anything in them, or the agent is older than they are.
    """
    schema = FRAMES[frame]
    there = set(table.columns)
    if frame == "flow" and (unsaid := [name for name in FLOW_DETAIL if name not in there]):
        table = table.with_columns(pl.lit(None, schema[name]).alias(name) for name in unsaid)
        there.update(unsaid)
    if missing := [name for name in schema if name not in there]:
        raise Refusal(422, f"{missing[0]}: the column is missing")
    asked = table.select(list(schema))
    if _text_bytes(asked) > most:
        raise Refusal(413, f"body: more than {most:,} bytes of text")
    if asked.schema == schema:
        return asked
    columns = []
    for name, dtype in schema.items():
        try:
            columns.append(table[name].cast(dtype))
        except pl.exceptions.PolarsError as error:
            raise Refusal(422, f"{name}: not {dtype} ({str(error).splitlines()[0]})") from None
    return pl.DataFrame(columns)


def _read_json(data: bytes, frame: str, limits: Limits) -> pl.DataFrame:
    """Read ``{"rows": [{…}, …]}`` with addresses and times as text.

    Objects and lists take some thirty times the memory of their brackets, so these are counted
    first; texts may hold some, too.
    """
    if len(data) > limits.body:
        raise Refusal(413, f"body: more than {limits.body:,} bytes of JSON")
    if data.count(b"{") + data.count(b"[") > _BRACKETS * limits.rows:
        raise Refusal(413, f"rows: over {limits.rows:,}, or texts full of brackets")
    try:
        rows = json.loads(data)["rows"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refusal(422, 'body: no JSON object with "rows"') from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal(422, "rows: not a list of objects")
    _check_rows(len(rows), limits)
    return _of_rows([_typed(row, number, frame) for number, row in enumerate(rows)], frame)


#: What a JSON flow's missing columns are.
_ROLES: Final = ("client", "server", "host", "sender", "target", "dhcp_server")


def _typed(row: dict[str, Any], number: int, frame: str) -> dict[str, Any]:
    needed = FLOW_REQUIRED if frame == "flow" else ("time",)
    if missing := [name for name in needed if row.get(name) is None]:
        raise Refusal(422, f"rows[{number}].{missing[0]}: required")
    full = dict(row)
    for role in _ROLES:
        if isinstance(full.get(role), str):
            try:
                full[f"{role}_high"], full[f"{role}_low"] = pack(full.pop(role))
            except ValueError as error:
                raise Refusal(422, f"rows[{number}].{role}: {error}") from None
    if frame == "flow":
        full.setdefault("event", "end")
        full.setdefault("interval_start", full["first_seen"])
        for name in (
            "bytes_to_server",
            "bytes_to_client",
            "packets_to_server",
            "packets_to_client",
        ):
            full.setdefault(f"{name}_delta", full.get(name) or 0)
        full.setdefault("flow_id", hash((number, str(sorted(row.items())))) & (2**63 - 1))
    return full


def _of_rows(rows: list[dict[str, Any]], frame: str) -> pl.DataFrame:
    columns = []
    for name, dtype in FRAMES[frame].items():
        values = [row.get(name) for row in rows]
        try:
            columns.append(_column(name, values, dtype))
        except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
            raise Refusal(422, f"{name}: not {dtype} ({str(error).splitlines()[0]})") from None
    return pl.DataFrame(columns)


def _column(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    if isinstance(dtype, pl.Datetime):
        text = pl.Series(name, values, dtype=pl.String)
        return text.str.to_datetime(time_unit="us", time_zone="UTC", strict=True).cast(dtype)
    return pl.Series(name, values, dtype=dtype, strict=True)
