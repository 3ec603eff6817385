"""Where a flow's columns stand in the stored tables: ``f`` the narrow row, ``d`` its detail.

Only constants of this module reach SQL; whatever a user wrote is a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from capture_agent.schema import CONNECTION_STATE, EVENT, FLOW, FLOW_DETAIL, TUNNEL
from checks.frames import DIRECTION, FRAMES
from monitoring.ingest.store import BREEDS, CONFIDENCES
from monitoring.storage.tables import FLOW as STORED_FLOW

#: Words that are stored as their position.
POSITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "event": tuple(EVENT.categories),
    "tunnel": tuple(TUNNEL.categories),
    "connection_state": tuple(CONNECTION_STATE.categories),
    "direction": tuple(DIRECTION.categories),
    "breed": BREEDS,
    "confidence": CONFIDENCES,
}
#: Texts that are stored as a number of a table of names.
NAMED: Final[Mapping[str, tuple[str, str]]] = {
    "application": ("f.application_id", "monitoring_application"),
    "category": ("f.category_id", "monitoring_category"),
}

_SECONDS: Final = "extract(epoch FROM f.time - f.{})::float8"
_COMPUTED: Final = {
    "last_seen": "f.time",
    "client_is_local": "(f.direction IN (0, 1))",
    "server_is_local": "(f.direction IN (0, 2))",
    "duration": _SECONDS.format("first_seen"),
    "bits_per_second": "((f.bytes_to_server_delta + f.bytes_to_client_delta)::float8 * 8"
    f" / greatest({_SECONDS.format('interval_start')}, 1))",
}


def _narrow(name: str, dtype: pl.DataType) -> str:
    if dtype == pl.String and name not in POSITIONS:
        return f'f.{name}::text COLLATE "C"'
    is_number = dtype.is_numeric() and not name.endswith("_mac")
    return f"f.{name}::float8" if is_number else f"f.{name}"


def _detail(name: str, dtype: object) -> str:
    text = f"(d.detail->>'{name}')"
    if dtype == pl.String:
        return f'{text} COLLATE "C"'
    if isinstance(dtype, pl.Datetime):
        return f"{text}::timestamptz"
    return f"{text}::real::float8" if dtype == pl.Float32 else f"{text}::float8"


def _columns() -> dict[str, str]:
    found = {name: _detail(name, FLOW[name]) for name in FLOW_DETAIL}
    for name in STORED_FLOW:
        if name in FRAMES["flow"]:
            found[name] = _narrow(name, FRAMES["flow"][name])
    return found | _COMPUTED | {"client": "f.client", "server": "f.server", "risk": "f.risk"}


#: The SQL of each column of the flow frame that is stored.
COLUMNS: Final[Mapping[str, str]] = _columns()
#: The tables that the SQL of :mod:`checks.language.to_sql` is a condition on.
TABLES: Final = "flow f LEFT JOIN flow_detail d ON d.time = f.time AND d.flow_id = f.flow_id"
