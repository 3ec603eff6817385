"""Rows of flows and of ARP as the ingest pass leaves them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import polars as pl

from capture_agent.schema import pack
from checks.learning.parts import KEPT
from tests.checks.builders import a_flow, rows

NOW = datetime(2026, 11, 24, 12, 1, tzinfo=UTC)
#: Of each IP version: a local client, a local server, a remote server, the local network.
SIDES = [
    ("10.0.0.7", "10.0.0.9", "198.51.100.9", "10.0.0.0/8"),
    ("fd00::7", "fd00::9", "2001:db8::9", "fd00::/8"),
]
_numbers = count(1)


def flow(client: str, server: str, *, after: float = 0.0, **columns: Any) -> dict[str, Any]:
    """Return an ended flow of a second, ``after`` seconds after NOW."""
    is_local = {s: a.startswith(("10.", "fd")) for s, a in (("client", client), ("server", server))}
    began = NOW + timedelta(seconds=after)
    told = {
        "flow_id": next(_numbers),
        "first_seen": began,
        "last_seen": began + timedelta(seconds=1),
        "interface_id": 1,
        "client_is_local": is_local["client"],
        "server_is_local": is_local["server"],
        **columns,
    }
    return a_flow(client, server, **told)


def flows(*given: dict[str, Any]) -> pl.DataFrame:
    """Return the part of these flows."""
    return rows("flow", *given).select(KEPT["flow"])


def arp(
    event: str, sender: str, mac: int, target: str = "10.0.0.1", **columns: Any
) -> dict[str, Any]:
    """Return an ARP row; ``after`` is seconds after NOW."""
    ends = zip(("sender", "target"), (sender, target), strict=True)
    halves = {
        f"{side}_{half}": value
        for side, text in ends
        for half, value in zip(("high", "low"), pack(text), strict=True)
    }
    time = NOW + timedelta(seconds=columns.pop("after", 0.0))
    known = {"event": event, "time": time, "sender_mac": mac, "interface_id": 1}
    nothing = dict.fromkeys(
        ("dhcp_message", "dhcp_hostname", "dhcp_server_high", "dhcp_server_low")
    )
    return {**known, **halves, **nothing, **columns}


def l2(*given: dict[str, Any]) -> pl.DataFrame:
    """Return the part of these rows."""
    return rows("l2", *given).select(KEPT["l2"])
