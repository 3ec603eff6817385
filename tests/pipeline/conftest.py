"""A server's front door, an agent and its batches."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import polars as pl
import pytest
import zstandard
from django.test import Client

from capture_agent import schema
from checks import frames
from monitoring.models import Agent

SESSION = UUID(int=7)


@pytest.fixture
def token(db: None) -> str:
    agent = Agent(name="probe")
    made = agent.renew_token()
    agent.save()
    return made


def flows(*rows: dict[str, Any], now: datetime | None = None) -> pl.DataFrame:
    """Return a flow frame; each row says what differs from an ended TLS flow of IPv4."""
    moment = now or datetime.now(UTC)
    base = frames.sample("flow", 1).select(list(schema.FLOW))
    made = []
    for number, row in enumerate(rows, 1):
        client = schema.pack(row.pop("client", "192.168.1.10"))
        server = schema.pack(row.pop("server", "203.0.113.5"))
        values = {
            **base.row(0, named=True),
            "flow_id": number,
            "event": "end",
            "first_seen": moment - timedelta(seconds=5),
            "last_seen": moment,
            "interval_start": moment - timedelta(seconds=5),
            "client_high": client[0],
            "client_low": client[1],
            "server_high": server[0],
            "server_low": server[1],
            "server_port": 443,
            "l4": 6,
            "application": "TLS",
            "category": "Web",
            "bytes_to_server_delta": 1000,
            "bytes_to_client_delta": 5000,
            "risk": 0,
            **dict.fromkeys(schema.FLOW_DETAIL),
            **row,
        }
        made.append(values)
    return pl.DataFrame(made, schema=schema.FLOW, orient="row")


def body(table: pl.DataFrame) -> bytes:
    """Return the table as it goes over the wire."""
    stream = io.BytesIO()
    table.write_ipc_stream(stream, compression="uncompressed")
    return zstandard.compress(stream.getvalue())


def post(client: Client, token: str, data: bytes, sequence: int = 1, **headers: str) -> Any:
    """Post a batch; ``headers`` by their name without X-Ntopweb-, or as Django's META names."""
    sent = {
        "Authorization": f"Token {token}",
        "Content-Encoding": "zstd",
        schema.HEADER_SESSION: str(SESSION),
        schema.HEADER_SEQUENCE: str(sequence),
        schema.HEADER_FRAME: "flow",
        schema.HEADER_SCHEMA: str(schema.VERSION),
        schema.HEADER_INTERFACE: "eth0",
        schema.HEADER_KIND: "live",
    }
    kind = headers.pop("content_type", schema.CONTENT_TYPE)
    sent |= headers
    return client.post(schema.PATH, data, content_type=kind, headers=sent)
