"""A few dozen flows with values at their edges, as a frame and stored."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import polars as pl
from django.db import connection

from capture_agent.schema import CONNECTION_STATE, EVENT, FLOW_DETAIL, TUNNEL, pack, texts
from checks.frames import FRAMES, sample
from monitoring import storage
from monitoring.ingest import names, store
from monitoring.ingest.detail import details
from monitoring.ingest.store import BREEDS, CONFIDENCES
from monitoring.models import Application, Category
from monitoring.storage.tables import DETAILS, FLOWS

START = datetime(2026, 11, 24, tzinfo=UTC)
ADDRESSES = (
    *("10.0.0.7", "10.0.0.8", "192.0.2.255", "0.0.0.0", "255.255.255.255"),
    *("2001:db8::7", "::", "::1", "fe80::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
)
TEXTS = (
    "",
    "a",
    "A",
    "É",
    "é",
    "%",
    "_",
    "a\\b",
    "Straße",
    "www.example.com",
    "日本",
    "x\ny",
    "$^.",
)
APPLICATIONS = ("TLS", "tls", "DNS.Google", "Ünbekannt")
DIRECTIONS = {
    "local": (1, 1),
    "local_to_remote": (1, 0),
    "remote_to_local": (0, 1),
    "remote": (0,) * 2,
}


def flows(count: int = 48, seed: int = 7) -> pl.DataFrame:
    """Return an enriched flow frame; the first half has no details at all."""
    rng = random.Random(seed)
    schema = FRAMES["flow"]
    base = sample("flow", count)
    columns = {name: [_value(rng, name, schema[name]) for _ in range(count)] for name in schema}
    for role in ("client", "server"):
        packed = [pack(rng.choice(ADDRESSES)) for _ in range(count)]
        columns[f"{role}_high"], columns[f"{role}_low"] = map(list, zip(*packed, strict=True))
    columns |= _times(rng, count)
    columns["flow_id"] = list(range(1, count + 1))
    for name in FLOW_DETAIL:
        columns[name][: count // 2] = [None] * (count // 2)
    chosen = [rng.choice(list(DIRECTIONS)) for _ in range(count)]
    columns["direction"] = chosen
    for index, side in enumerate(("client_is_local", "server_is_local")):
        columns[side] = [bool(DIRECTIONS[direction][index]) for direction in chosen]
    made = pl.DataFrame(columns, schema=schema)
    seconds = (pl.col("last_seen") - pl.col("interval_start")).dt.total_microseconds() / 1e6
    moved = pl.col("bytes_to_server_delta") + pl.col("bytes_to_client_delta")
    return base.with_columns(made.get_columns()).with_columns(
        bits_per_second=moved * 8 / pl.max_horizontal(seconds, 1.0),
        duration=(pl.col("last_seen") - pl.col("first_seen")).dt.total_microseconds() / 1e6,
    )


def _times(rng: random.Random, count: int) -> dict[str, list[datetime]]:
    last = [START + timedelta(seconds=rng.uniform(0, 80_000)) for _ in range(count)]
    first = [moment - timedelta(seconds=rng.uniform(0, 300)) for moment in last]
    return {"last_seen": last, "first_seen": first, "interval_start": first}


def _value(rng: random.Random, name: str, dtype: pl.DataType) -> object:
    if name in _WORDS:
        return rng.choice(_WORDS[name])
    if isinstance(dtype, pl.Datetime):
        return rng.choice([None, START, START - timedelta(days=400), START + timedelta(hours=5)])
    if dtype == pl.String:
        return rng.choice([None, *TEXTS]) if name in FLOW_DETAIL else rng.choice(["", "DE", "US"])
    if dtype in (pl.Float32, pl.Float64):
        return rng.choice([None, 0.0, 0.1, 7.999, 1e-3])
    if dtype == pl.Boolean:
        return rng.random() < 0.5
    return _whole(rng, name)


def _whole(rng: random.Random, name: str) -> int:
    if name == "risk":
        return rng.choice([0, 1 << 6, 1 << 63, (1 << 40) | (1 << 7)])
    if "mac" in name:
        return rng.choice([0, 117_633_730_022])
    if name in ("l4", "vlan", "tcp_flags_to_server", "tcp_flags_to_client"):
        return rng.choice([0, 1, 6, 17, 255])
    wide = name.startswith(("bytes", "packets", "payload"))
    return rng.choice([0, 1, 443, 2**53 - 1 if wide else 65_535, 7])


_WORDS = {
    "event": EVENT.categories.to_list()[2:],
    "tunnel": TUNNEL.categories.to_list(),
    "connection_state": CONNECTION_STATE.categories.to_list(),
    "direction": list(DIRECTIONS),
    "breed": BREEDS,
    "confidence": CONFIDENCES,
    "application": APPLICATIONS,
    "category": APPLICATIONS,
}


def save(table: pl.DataFrame) -> None:
    """Store the rows as the ingest pass does."""
    way = storage.backend(connection)
    for part in (FLOWS, DETAILS):
        way.ensure(connection, part, table["last_seen"].dt.truncate("1d").unique().to_list())
    for known in names._known.values():  # of a test whose transaction was rolled back
        known.clear()
    numbers = (
        names.numbers(table["application"], Application),
        names.numbers(table["category"], Category),
    )
    nothing = pl.Series([0] * table.height), pl.Series([[]] * table.height, dtype=pl.List(pl.Int16))
    with connection.cursor() as cursor:
        named = table.with_columns(
            texts(table[f"{side}_high"], table[f"{side}_low"]).alias(side)
            for side in ("client", "server")
        )
        written, latest = store.written(named)
        rows = named[written]
        narrow = store.narrow(rows, *(column[written] for column in (*numbers, *nothing)))
        store.write_flows(cursor, narrow, details(rows), latest)
