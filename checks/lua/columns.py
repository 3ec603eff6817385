r"""The columns that scripts read, each made on first use and packed for Lua.

A column is bytes and a code of Lua's ``string.unpack``: ``z`` texts (null is ``\x01``), ``j``
integers (null is the least one), ``d`` floats (null is NaN); after a ``=`` the bytes are one value,
which every row has. :data:`FLOW` are made of the enriched
flow frame, :data:`HOST` of the table that :mod:`checks.lua.hosts` reads.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from checks.addresses import is_multicast, texts
from monitoring.community_id import community_id

NONE: Final = "\x01"
NO_NUMBER: Final = -(2**63)

Make = Callable[[pl.DataFrame], pl.Series]


class Packed(NamedTuple):
    """A column as Lua reads it."""

    data: bytes
    code: bytes
    rows: int


def pack(values: pl.Series) -> Packed:
    """Return a column packed by its type; raises TypeError for one that scripts cannot read."""
    if len(values) > 1 and values.null_count() == len(values):
        return _nothing(values.dtype)._replace(rows=len(values))
    if values.dtype == pl.Boolean:
        values = values.fill_null(False).cast(pl.Int64)
    if isinstance(values.dtype, pl.Enum):
        values = values.cast(pl.String)
    if values.dtype == pl.String:
        return Packed(_texts(values), b"z", len(values))
    return Packed(*_numbers(values), len(values))


@cache
def _nothing(dtype: pl.DataType) -> Packed:
    """Return a column of nulls, as the one value of all rows."""
    one = pack(pl.Series([None], dtype=dtype))
    return one._replace(code=b"=" + one.code)


def _numbers(values: pl.Series) -> tuple[bytes, bytes]:
    if values.dtype.is_float():
        numbers = values.cast(pl.Float64).fill_null(float("nan"))
        return numbers.to_numpy().tobytes(), b"d"
    if values.dtype == pl.UInt64:
        return values.reinterpret(signed=True).to_numpy().tobytes(), b"j"
    if values.dtype.is_integer():
        return values.cast(pl.Int64).fill_null(NO_NUMBER).to_numpy().tobytes(), b"j"
    raise TypeError(f"{values.name}: scripts cannot read {values.dtype}")


def _texts(values: pl.Series) -> bytes:
    """Return the texts, each ended by a zero byte; a zero within one becomes a space."""
    if values.is_empty():
        return b""
    joined = _joined(values)
    if joined.count(0) == len(values):
        return joined
    return _joined(values.str.replace_all("\0", " ", literal=True))


_WHOLE: Final = pl.col("text").fill_null(NONE).str.join("\0")


def _joined(values: pl.Series) -> bytes:
    text: str = values.to_frame("text").select(_WHOLE).item()
    return text.encode() + b"\0"


class Columns:
    """The columns of a table for one target: the names Lua asks for, made once."""

    def __init__(self, target: str, table: pl.DataFrame) -> None:
        self._makers = HOST if target == "host" else FLOW
        self._table = table.rechunk()

    def __getitem__(self, name: str) -> Packed:
        """Return a column; raises KeyError for an unknown one."""
        make = self._makers.get(name)
        if make is not None:
            return pack(make(self._table))
        if name in self._table.columns:
            return pack(self._table[name])
        raise KeyError(name)


def _of(expression: pl.Expr) -> Make:
    return lambda table: table.select(expression.alias("value"))["value"]


def _side(role: str) -> Make:
    return lambda table: texts(table[f"{role}_high"], table[f"{role}_low"])


def _epochs(column: str) -> Make:
    def make(table: pl.DataFrame) -> pl.Series:
        times = table[column]
        is_nothing = times.null_count() == len(times)
        return times.cast(pl.Int64) if is_nothing else times.dt.epoch("s")

    return make


def _where(is_so: pl.Expr, column: str) -> Make:
    return _of(pl.when(is_so).then(pl.col(column)))


@cache
def application_ids() -> Mapping[str, int]:
    """Return nDPI's number of each application. Source: nDPI 5.0, in nfstream 6.6."""
    with (Path(__file__).parent / "applications.csv").open(encoding="utf-8") as file:
        return {row["name"]: int(row["id"]) for row in csv.DictReader(file)}


def _ids(part: int) -> Make:
    """Return nDPI's number of an application's master (0) or of itself (-1), 0 for unknown."""

    def make(table: pl.DataFrame) -> pl.Series:
        names = table["application"].str.split(".")
        own = names.list.get(0 if part == 0 else -1)
        alone = names.list.len() == 1
        found = own.replace_strict(dict(application_ids()), default=0, return_dtype=pl.Int64)
        return found.set(alone, 0) if part == 0 else found

    return make


#: As ntopng writes it.
DIRECTIONS: Final = {
    "local": "local@local",
    "local_to_remote": "local@remote",
    "remote_to_local": "remote@local",
    "remote": "remote2remote",
}


def _direction(table: pl.DataFrame) -> pl.Series:
    words = table["direction"].cast(pl.String)
    return words.replace_strict(DIRECTIONS, default="unknown", return_dtype=pl.String)


_ENDS: Final = ("client", "server", "client_port", "server_port", "l4")


def _community_ids(table: pl.DataFrame) -> pl.Series:
    """Return each flow's Community ID; made only where a script asks for it."""
    ends = table.select("client_port", "server_port", "l4").with_columns(
        _side("client")(table).alias("client"), _side("server")(table).alias("server")
    )
    rows = ends.select(_ENDS).iter_rows()
    return pl.Series([community_id(*row) for row in rows], dtype=pl.String)


_IS_TLS: Final = pl.col("application").str.contains(r"^(?:TLS|QUIC|DTLS)\b")
_IS_HTTP: Final = pl.col("http_method").is_not_null() | pl.col("http_url").is_not_null()

#: What stands between "CN=" and the next comma; a regular expression takes three times as long.
_COMMON_NAME: Final = (
    pl.col("tls_subject_dn")
    .str.split("CN=")
    .list.get(1, null_on_oob=True)
    .str.split(",")
    .list.first()
)

FLOW: Final[Mapping[str, Make]] = {
    "cli": _side("client"),
    "srv": _side("server"),
    "bytes": _of(pl.col("bytes_to_server") + pl.col("bytes_to_client")),
    "is_oneway": _of((pl.col("packets_to_server") == 0) | (pl.col("packets_to_client") == 0)),
    "is_unicast": _of(~is_multicast("server")),
    "l7_master": _ids(0),
    "l7": _ids(-1),
    "direction": _direction,
    "epoch": _epochs("last_seen"),
    "http_host": _where(_IS_HTTP, "server_name"),
    "http_server": _of(pl.repeat(None, pl.len(), dtype=pl.String)),
    "dns_invalid": _of(pl.col("dns_query").str.contains(r"[^a-zA-Z0-9._-]").fill_null(False)),
    "tls_sni": _where(_IS_TLS | pl.col("tls_version").is_not_null(), "server_name"),
    "tls_names": _of(_COMMON_NAME.replace("", None)),
    "tls_not_before": _epochs("tls_not_before"),
    "tls_not_after": _epochs("tls_not_after"),
    "community_id": _community_ids,
}

#: The host's table has its columns by the names that Lua asks for.
HOST: Final[Mapping[str, Make]] = {"epoch": _epochs("time")}
