"""Small tables of what checks see and say, with defaults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from capture_agent.schema import pack
from checks.frames import FRAMES, sample
from checks.runner import FINDINGS, Evaluation

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def a_flow(client: str = "10.0.0.1", server: str = "192.0.2.1", **columns: Any) -> dict[str, Any]:
    """Return the columns of a flow that differ from harmless ones."""
    sides = {}
    for side, address in (("client", client), ("server", server)):
        sides[f"{side}_high"], sides[f"{side}_low"] = pack(address)
    ports = {"client_port": 51514, "server_port": 443, "l4": 6}
    times = {"first_seen": NOON, "last_seen": NOON, "event": "detected"}
    return {"flow_id": 1, "interface_id": 1, **sides, **ports, **times, **columns}


def a_host(address: str = "10.0.0.1", **columns: Any) -> dict[str, Any]:
    """Return the columns of a host's row that differ from harmless ones."""
    high, low = pack(address)
    own = {"host_high": high, "host_low": low, "address": address, "time": NOON}
    return {"interface_id": 1, **own, **columns}


def table(frame: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return a frame's table of these rows, harmless where nothing is said."""
    harmless = sample(frame, 1).row(0, named=True)
    return pl.DataFrame([{**harmless, **row} for row in rows], schema=FRAMES[frame])


def said(row: int, check: str = "blacklisted", **columns: Any) -> dict[str, Any]:
    """Return one finding of a row."""
    fixed = {"check_id": 7, "score": 100, "client_share": 50, "message": "bad", "values": "{}"}
    who = {"identity": "same", "cooldown": 300.0, "attacker": "client", "victim": "server"}
    return {"row": row, "check": check, **fixed, **who, **columns}


def evaluation(height: int, findings: list[dict[str, Any]]) -> Evaluation:
    """Return what the runner would say: scores and checks follow from the findings."""
    frame = pl.DataFrame(findings, schema=FINDINGS, orient="row")
    scores, checks = [0] * height, [[] for _ in range(height)]
    for finding in findings:
        scores[finding["row"]] = min(250, scores[finding["row"]] + finding["score"])
        checks[finding["row"]].append(finding["check_id"])
    ids = pl.Series("checks", checks, dtype=pl.List(pl.Int16))
    return Evaluation(frame, pl.Series("score", scores, dtype=pl.Int16), ids, [])
