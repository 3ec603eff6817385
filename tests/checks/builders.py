"""Rows of frames with harmless values, and what a check says of them."""

from __future__ import annotations

from typing import Any

import polars as pl

from capture_agent.schema import pack
from checks.base import Check
from checks.frames import FRAMES, sample
from checks.registry import discover
from checks.runner import Active, Evaluation, Runner

#: A client and a server of each IP version.
PEERS = [("10.0.0.7", "198.51.100.9"), ("2001:db8::7", "2001:db8:f::9")]
HOSTS = ["10.0.0.7", "2001:db8::7"]
_NULLABLE = ("client_list", "server_list", "name_list", "list")


def rows(frame: str, *changes: dict[str, Any]) -> pl.DataFrame:
    """Return a table with a harmless row for each of the changes to it."""
    base = sample(frame, 1).to_dicts()[0]
    base |= {name: None for name in _NULLABLE if name in base}
    return pl.DataFrame([base | change for change in changes], schema=FRAMES[frame], orient="row")


def a_flow(
    client: str = "10.0.0.7", server: str = "198.51.100.9", **columns: Any
) -> dict[str, Any]:
    """Return a finished TCP flow from inside to outside that breaks no check."""
    ends = zip(("client", "server"), (client, server), strict=True)
    addresses = {
        f"{side}_{half}": value
        for side, text in ends
        for half, value in zip(("high", "low"), pack(text), strict=True)
    }
    return {
        "event": "end",
        "client_port": 50_000,
        "server_port": 443,
        "l4": 6,
        "connection_state": "SF",
        "packets_to_server": 10,
        "packets_to_client": 10,
        "payload_to_server": 500,
        "payload_to_client": 5_000,
        "application": "TLS",
        "category": "Web",
        "breed": "Safe",
        "confidence": "DPI",
        "direction": "local_to_remote",
        "client_is_local": True,
        "server_is_local": False,
        **addresses,
        **columns,
    }


def a_host(address: str = "10.0.0.7", **columns: Any) -> dict[str, Any]:
    """Return a quiet host's five seconds."""
    high, low = pack(address)
    return {
        "host_high": high,
        "host_low": low,
        "address": address,
        "interval": 5.0,
        "packets_sent": 5,
        "packets_received": 5,
        "is_local": True,
        **columns,
    }


def run(check: Check, *changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the findings of one check on rows with these changes, in order of rows."""
    return evaluate([check], *changes).findings.sort("row", "identity").to_dicts()


def evaluate(checks: list[Check], *changes: dict[str, Any]) -> Evaluation:
    """Return what the checks, numbered from 1, say of rows of their frame."""
    active = [Active(check, number, check.score) for number, check in enumerate(checks, 1)]
    return Runner(active).evaluate(checks[0].frame, rows(checks[0].frame, *changes))


def the(key: str, **parameters: Any) -> Check:
    """Return a check of the catalogue by key."""
    return discover()[key].of(parameters)
