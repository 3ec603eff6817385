"""What checks see: each frame's columns as they come on the wire, and what enrichment adds.

``monitoring.enrichment`` makes these tables; a check is validated against their empty form.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import polars as pl

from capture_agent.schema import APPLICATION, FLOW, HOST, INDUSTRIAL, INTERFACE, L2
from checks.derived import DERIVED

DIRECTION = pl.Enum(["local", "local_to_remote", "remote_to_local", "remote"])

_Columns = dict[str, pl.DataType | type[pl.DataType]]

FLOW_ADDED: Final[_Columns] = {
    "interface_id": pl.Int32,
    "direction": DIRECTION,  # client's place, then server's, as seen from the local networks
    "client_is_local": pl.Boolean,
    "server_is_local": pl.Boolean,
    "client_pool": pl.Int32,  # 0: none
    "server_pool": pl.Int32,
    "client_country": pl.String,  # ISO 3166, "" unknown
    "server_country": pl.String,
    "client_asn": pl.UInt32,  # 0: unknown
    "server_asn": pl.UInt32,
    "client_list": pl.String,  # the blacklist that has the address, null for none
    "server_list": pl.String,
    "name_list": pl.String,  # the blacklist that has the server's name
    "bits_per_second": pl.Float64,  # both directions
    "duration": pl.Float64,  # seconds
}
HOST_ADDED: Final[_Columns] = {
    "interface_id": pl.Int32,
    "is_local": pl.Boolean,
    "pool": pl.Int32,
    "country": pl.String,
    "list": pl.String,
    "address": pl.String,  # as text, IPv4 plain
    "score": pl.Int32,  # sum of the scores of its flows' findings in the last five minutes
}
INTERFACE_ADDED: Final[_Columns] = {"interface_id": pl.Int32, "name": pl.String}

_ID: Final[_Columns] = {"interface_id": pl.Int32}

#: An interface as the database knows it; one row each, also when nothing comes. Built by
#: :mod:`checks.periodic`.
INTERFACE_STATUS: Final = pl.Schema(
    {
        "interface_id": pl.Int32,
        "name": pl.String,
        "kind": pl.String,  # one of the schema's INTERFACE_KINDS
        "agent": pl.String,
        "age": pl.Float64,  # seconds since it was first seen
        "silence": pl.Float64,  # seconds since its agent's last batch of it
        "packets": pl.Int64,  # in the last minute
        "flows": pl.Int64,  # rows in the last minute
    }
)

#: Sums of traffic over the last ``period`` seconds. Built by :mod:`checks.sums`.
TRAFFIC: Final = pl.Schema(
    {
        "interface_id": pl.Int32,  # null where all are summed
        "subject": pl.String,  # one of checks.thresholds.SUBJECTS
        "name": pl.String,
        "period": pl.Int32,
        **dict.fromkeys(
            ("bytes_sent", "bytes_received", "packets_sent", "packets_received"), pl.Int64
        ),
        "flows": pl.Int64,
        "score": pl.Int64,
    }
)

#: What scripts picked (:mod:`checks.lua`); no table of it comes from an agent.
SCRIPT: Final = pl.Schema({**_ID, "name": pl.String, "message": pl.String})

FRAMES: Final[dict[str, pl.Schema]] = {
    "flow": pl.Schema({**FLOW, **FLOW_ADDED}),
    "host": pl.Schema({**HOST, **HOST_ADDED}),
    "interface": pl.Schema({**INTERFACE, **INTERFACE_ADDED}),
    "application": pl.Schema({**APPLICATION, **_ID}),
    "l2": pl.Schema({**L2, **_ID}),
    "industrial": pl.Schema({**INDUSTRIAL, **_ID}),
    "interface_status": INTERFACE_STATUS,
    **DERIVED,
    "script": SCRIPT,
    "traffic": TRAFFIC,
}

_LOW_IPV4 = 0xFFFF_0A00_0001


def empty(frame: str) -> pl.DataFrame:
    """Return a frame's typed empty table; raises KeyError for an unknown one."""
    return pl.DataFrame(schema=FRAMES[frame])


def sample(frame: str, rows: int = 3) -> pl.DataFrame:
    """Return a frame's table with harmless values: zeros, empty texts, one IPv6 row, no nulls."""
    columns = {name: [_harmless(name, dtype)] * rows for name, dtype in FRAMES[frame].items()}
    for name in columns:
        if name.endswith("_high") and rows > 1:
            columns[name] = [*columns[name][:-1], 0x2001_0DB8 << 32]
    return pl.DataFrame(columns, schema=FRAMES[frame])


def _harmless(name: str, dtype: pl.DataType) -> object:
    if name.endswith("_low"):
        return _LOW_IPV4
    if isinstance(dtype, pl.Enum):
        return dtype.categories[0]
    if isinstance(dtype, pl.Datetime):
        return datetime(2026, 1, 1, tzinfo=UTC)
    if isinstance(dtype, pl.Boolean):
        return False
    if isinstance(dtype, pl.List):
        return []
    return "" if isinstance(dtype, pl.String) else 0
