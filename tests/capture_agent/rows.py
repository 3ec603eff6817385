"""Builders of rows and batches with defaults."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import polars as pl

from capture_agent import schema
from capture_agent.batcher import Batch, Batcher
from capture_agent.emission import Emission

SESSION = UUID("11111111-2222-4333-8444-555555555555")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
_ENDPOINTS = {4: ("192.168.1.10", "198.51.100.7"), 6: ("fd00::10", "2001:db8::7")}


def a_flow(version: int = 4, **columns: Any) -> dict[str, Any]:
    """Return one flow row as a dict; null where nothing is given and null is allowed."""
    client, server = (schema.pack(address) for address in _ENDPOINTS[version])
    zero = {name: 0 for name, kind in schema.FLOW.items() if kind.is_integer()}
    empty = {name: "" for name, kind in schema.FLOW.items() if kind == pl.String}
    row = {**zero, **empty, **dict.fromkeys(schema.FLOW_DETAIL)}
    row |= {"event": "end", "first_seen": NOON, "last_seen": NOON, "interval_start": NOON}
    row |= {"client_high": client[0], "client_low": client[1], "connection_state": "", "tunnel": ""}
    row |= {"server_high": server[0], "server_low": server[1], "l4": 6, "flow_id": 1}
    row |= {"client_port": 40000, "server_port": 443, "rtt_client_ms": None, "rtt_server_ms": None}
    return {**row, **columns}


def flows(count: int = 1, **columns: Any) -> pl.DataFrame:
    """Return a flow table whose flow_ids count from 1, IPv4 and IPv6 in turn."""
    rows = [a_flow(4 if n % 2 else 6, flow_id=n, **columns) for n in range(1, count + 1)]
    return pl.DataFrame(rows, schema=schema.FLOW)


def an_emission(count: int = 1, interface: str = "eth0", frame: str = "flow") -> Emission:
    """Return an emission of ``count`` rows of the flow or the interface frame."""
    if frame == "flow":
        return Emission(interface, "live", frame, flows(count))
    row = {name: 0 for name in schema.INTERFACE} | {"time": NOON, "interval": 5.0}
    return Emission(interface, "live", frame, pl.DataFrame([row] * count, schema=schema.INTERFACE))


def a_batch(sequence: int = 1, rows: int = 3, session: UUID = SESSION) -> Batch:
    """Return an encoded batch of flows."""
    batcher = Batcher(session, rows=rows)
    batcher.sequence = sequence - 1
    return batcher.add(an_emission(rows), 0.0)[0]
