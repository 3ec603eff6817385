"""From a request's body to a table with the frame's schema, within limits."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import zstandard

from capture_agent.schema import CONTENT_TYPE, FLOW_REQUIRED, FRAMES, JSON_CONTENT_TYPE, pack
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
    readers: dict[str, Callable[[bytes, str], pl.DataFrame]] = {
        CONTENT_TYPE: _read_arrow,
        JSON_CONTENT_TYPE: _read_json,
    }
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in readers:
        raise Refusal(415, f"Content-Type: {kind or 'missing'}, not one of {', '.join(readers)}")
    table = readers[kind](_unpack(raw, encoding, limits.unpacked), frame)
    if table.height > limits.rows:
        raise Refusal(413, f"rows: {table.height:,}, over {limits.rows:,}")
    return table


def _unpack(raw: bytes, encoding: str, limit: int) -> bytes:
    """Undo Content-Encoding without ever holding more than the limit."""
    if encoding in ("", "identity"):
        return raw
    if encoding != "zstd":
        raise Refusal(415, f"Content-Encoding: {encoding}, not zstd")
    try:
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw)) as reader:
            unpacked = reader.read(limit + 1)
    except zstandard.ZstdError as error:
        raise Refusal(422, f"body: no zstd ({error})") from None
    if len(unpacked) > limit:
        raise Refusal(413, f"body: more than {limit:,} bytes unpacked")
    return unpacked


def _read_arrow(data: bytes, frame: str) -> pl.DataFrame:
    try:
        table = pl.read_ipc_stream(io.BytesIO(data))
    except Exception as error:  # polars raises many kinds for a broken stream
        raise Refusal(422, f"body: no Arrow IPC stream ({error})") from None
    return conform(table, frame)


def conform(table: pl.DataFrame, frame: str) -> pl.DataFrame:
    """Return the frame's columns in its types; raises Refusal naming what does not fit."""
    schema = FRAMES[frame]
    if missing := [name for name in schema if name not in table.columns]:
        raise Refusal(422, f"{missing[0]}: the column is missing")
    columns = []
    for name, dtype in schema.items():
        try:
            columns.append(table[name].cast(dtype))
        except pl.exceptions.PolarsError as error:
            raise Refusal(422, f"{name}: not {dtype} ({str(error).splitlines()[0]})") from None
    return pl.DataFrame(columns)


def _read_json(data: bytes, frame: str) -> pl.DataFrame:
    """Read ``{"rows": [{…}, …]}`` with addresses and times as text."""
    try:
        rows = json.loads(data)["rows"]
    except (ValueError, KeyError, TypeError):
        raise Refusal(422, 'body: no JSON object with "rows"') from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal(422, "rows: not a list of objects")
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
