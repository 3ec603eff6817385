"""A script's example rows as tables, and whether the script does with them what it should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from capture_agent.schema import pack
from checks import frames
from checks.lua.process import Job, Process

#: What a host's row has without being told.
HOST: dict[str, Any] = {
    "address": "192.168.1.10",
    "vlan": 0,
    "name": "host",
    "mac": "00:00:00:00:00:00",
    "is_local": True,
    "pool": 0,
    "country": "",
    "bytes_sent": 0,
    "bytes_received": 0,
    "bytes": 0,
    "packets_sent": 0,
    "score": 0,
    "is_rx_only": False,
    "is_broadcast": False,
    "is_multicast": False,
    "is_unicast": True,
    "is_blacklisted": False,
    "is_first_run": False,
    "l7": "",
    "silent_peers": 0,
    "silent_ports": 0,
    "unanswered_egress": 0,
    "unanswered_contacts": 0,
    "unanswered_ingress": 0,
    "countries": 0,
}


class ExampleError(ValueError):
    """A row that cannot be; the text names the column."""


class Verdict(NamedTuple):
    """An example's name, whether the script did as told, and what it did."""

    name: str
    is_met: bool
    text: str


def to_table(target: str, row: Mapping[str, Any]) -> pl.DataFrame:
    """Return the one row as the frame that a script of the target sees; raises ExampleError."""
    return _host(row) if target == "host" else _flow(row)


def _host(row: Mapping[str, Any]) -> pl.DataFrame:
    if unknown := set(row) - set(HOST):
        raise ExampleError(f"{min(unknown)}: there is no such column of a host")
    table = pl.DataFrame([HOST | dict(row)])
    return table.with_columns(pl.datetime(2026, 1, 1, time_zone="UTC").alias("time"))


def _flow(row: Mapping[str, Any]) -> pl.DataFrame:
    schema = frames.FRAMES["flow"]
    values = frames.sample("flow", 1).row(0, named=True)
    values |= {name: None for name, dtype in schema.items() if _may_be_null(name, dtype)}
    for name, value in row.items():
        if name in ("client", "server"):
            values[f"{name}_high"], values[f"{name}_low"] = _packed(name, value)
        elif name in schema:
            values[name] = value
        else:
            raise ExampleError(f"{name}: there is no such column of a flow")
    try:
        return pl.DataFrame([values], schema=schema, strict=True)
    except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        raise ExampleError(str(error).splitlines()[0]) from error


def _may_be_null(name: str, dtype: pl.DataType) -> bool:
    return name.startswith(("tls_", "dns_", "http_", "ssh_", "rtt_", "rtp_")) or (
        name in ("server_name", "risk_info", "os_hint", "client_list", "server_list", "name_list")
    )


def _packed(name: str, value: object) -> tuple[int, int]:
    try:
        return pack(str(value))
    except ValueError as error:
        raise ExampleError(f"{name}: {error}") from None


def judge(
    process: Process,
    target: str,
    source: str,
    parameters: dict[str, Any],
    examples: Iterable[tuple[str, Mapping[str, Any], bool]],
) -> list[Verdict]:
    """Run the source over each (name, row, whether it must alert)."""
    return [
        Verdict(name, *_judge(process, target, Job(0, source, parameters), row, is_alert))
        for name, row, is_alert in examples
    ]


def _judge(
    process: Process, target: str, job: Job, row: Mapping[str, Any], is_alert: bool
) -> tuple[bool, str]:
    try:
        table = to_table(target, row)
    except ExampleError as error:
        return False, str(error)
    kind = "host" if target == "host" else "flow"
    outcome = process.run(kind, table, [job])[0].outcome
    if outcome.last_error:
        return False, outcome.last_error
    if not outcome.hits:
        return not is_alert, "no alert"
    hit = outcome.hits[0]
    return is_alert, f"alert of score {hit.score}: {hit.message}"
