"""Which rows are refused, and for what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from capture_agent import schema
from monitoring.ingest.validation import AHEAD, validate
from tests.pipeline.conftest import flows

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
RETENTION = timedelta(days=30)
MICROSECOND = timedelta(microseconds=1)

FLOWS: list[tuple[str, Any, str]] = [
    ("last_seen", NOW + AHEAD, ""),
    ("last_seen", NOW + AHEAD + MICROSECOND, "last_seen: in the future"),
    ("last_seen", None, "last_seen: missing"),
    ("first_seen", NOW + MICROSECOND, "first_seen: after last_seen"),
    ("interval_start", NOW + MICROSECOND, "interval_start: after last_seen"),
    ("flow_id", 1, ""),
    ("flow_id", 0, "flow_id: not positive"),
    ("flow_id", None, "flow_id: missing"),
    ("client_high", None, "client_high: missing"),
    ("bytes_to_server", (1 << 63) - 1, ""),
    ("bytes_to_server", 1 << 63, "bytes_to_server: over 2^63"),
    ("bytes_to_server", None, ""),
    ("server_name", None, ""),
]
FAMILIES = [("192.168.1.10", "203.0.113.5"), ("fd00::10", "2001:db8::5")]


@pytest.mark.parametrize(("client", "server"), FAMILIES)
@pytest.mark.parametrize(("column", "value", "reason"), FLOWS)
def test_a_row_is_refused_beyond_the_limit_and_the_other_is_not(
    client: str, server: str, column: str, value: object, reason: str
) -> None:
    ends = {"client": client, "server": server}
    table = flows(dict(ends), {**ends, column: value}, now=NOW)
    good, refused = validate(table, "flow", NOW, RETENTION)
    assert refused == ({reason: 1} if reason else {})
    assert good["flow_id"].to_list() == ([1] if reason else table["flow_id"].to_list())


@pytest.mark.parametrize(
    ("age", "is_kept"), [(RETENTION, True), (RETENTION + MICROSECOND, False)], ids=str
)
def test_a_row_past_its_retention_is_refused(age: timedelta, is_kept: bool) -> None:
    then = NOW - age
    row = {"last_seen": then, "first_seen": then, "interval_start": then}
    good, refused = validate(flows(row, now=NOW), "flow", NOW, RETENTION)
    assert good.height == is_kept
    assert refused == ({} if is_kept else {"last_seen: older than the retention": 1})


@pytest.mark.parametrize(
    ("microseconds", "reason"),
    [(1 << 62, "in the future"), (-(1 << 62), "older than the retention")],
)
def test_a_time_that_python_cannot_name_is_refused(microseconds: int, reason: str) -> None:
    beyond = pl.Series([microseconds], dtype=pl.Int64).cast(schema.TIME)
    table = flows({}, now=NOW).with_columns(last_seen=beyond)
    _, refused = validate(table, "flow", NOW, RETENTION)
    assert refused == {f"last_seen: {reason}": 1}


@pytest.mark.parametrize("frame", ["interface", "application", "l2"])
def test_a_frame_without_addresses_needs_its_time_alone(frame: str) -> None:
    table = pl.DataFrame([{"time": NOW}, {"time": None}], schema=schema.FRAMES[frame])
    good, refused = validate(table, frame, NOW, RETENTION)
    assert (good.height, refused) == (1, {"time: missing": 1})


@pytest.mark.parametrize("frame", schema.FRAMES)
def test_no_rows_are_good(frame: str) -> None:
    good, refused = validate(schema.empty(frame), frame, NOW, RETENTION)
    assert (good.height, refused) == (0, {})
