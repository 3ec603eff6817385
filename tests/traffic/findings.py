"""What the checks say of a capture: the real meter, enrichment and runner, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from capture_agent.demonstration.cast import RESOLVERS
from capture_agent.industrial import beside as industrial
from capture_agent.l2.beside import Beside, FileSide
from capture_agent.schema import unpack
from capture_agent.sources.ndpi import PcapSource
from checks.frames import FRAMES
from checks.learning.networks import network_frame
from checks.registry import discover
from checks.runner import Active, Runner
from checks.scores import HOSTS
from monitoring.enrichment.context import Context
from monitoring.enrichment.networks import Networks
from monitoring.enrichment.rows import (
    enrich_flows,
    enrich_hosts,
    enrich_interface,
    enrich_other,
)
from tests.traffic import minutes

LOCAL = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fe80::/10", "fc00::/7")
LISTED = ("203.0.113.66", "198.51.100.23", "2001:db8:bad::/48")
CONTEXT = Context(
    local=Networks.of((network, 1) for network in LOCAL),
    listed=Networks.of((network, 1) for network in LISTED),
    list_names=("demonstration",),
    listed_names={"malware.example": "demonstration"},
)
#: The servers that an operator of the demonstration's network would allow.
_OWN = ("192.168.20.0/24", "fd5e:a1b2:c3d4:20::/64")
ALLOWED: Mapping[str, Mapping[str, Any]] = {
    "unexpected_dns": {"items": (*_OWN, *RESOLVERS)},
    "unexpected_ntp": {"items": _OWN},
    "unexpected_smtp": {"items": _OWN},
    "unexpected_dhcp": {"items": _OWN},
}
_NO_SCORES = HOSTS.to_frame()


@dataclass(frozen=True)
class Finding:
    """One row that a check picked."""

    check: str
    frame: str
    entity: str  # flow: "client > server:port"; host: its address
    score: int
    message: str
    time: float  # seconds since the epoch: a flow row's last packet, a host row's end


def everything(parameters: Mapping[str, Mapping[str, Any]] | None = None) -> list[Active]:
    """Return all checks, also those that are off by default, with other parameters where given."""
    given = parameters or {}
    return [
        Active(check(**given.get(key, {})), number, check.score)
        for number, (key, check) in enumerate(discover().items(), 1)
    ]


def by_default() -> list[Active]:
    """Return the checks that are on by default."""
    return [entry for entry in everything() if entry.check.default_enabled]


def find(path: Path | str, active: Iterable[Active]) -> list[Finding]:
    """Return every finding over a capture, in the order of the meter's rows."""
    runner = Runner(active)
    source = PcapSource([path], interface="test", keep_time=True, wanted=runner.wanted_events())
    found: list[Finding] = []
    tables: dict[str, list[pl.DataFrame]] = {"flow": [], "l2": []}
    with_l2 = Beside(source, FileSide(source), "test", "pcap")
    side = industrial.file_side(source)
    for emission in Beside(with_l2, side, "test", "pcap", industrial.FRAME).emissions():
        if emission is not None and emission.frame in FRAMES:
            rows = enrich(emission.frame, emission.table)
            found += _evaluate(runner, emission.frame, rows)
            tables.setdefault(emission.frame, []).append(rows)
    for frame, rows in _derived(tables):
        found += _evaluate(runner, frame, rows)
    return found


def _derived(tables: Mapping[str, list[pl.DataFrame]]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the derived frames of a whole capture."""
    networks = Networks.of((network, number) for number, network in enumerate(LOCAL, 1))
    for hosts in tables.get("host", ()):
        yield "network", network_frame(hosts, networks, LOCAL)
    if tables["flow"]:
        yield from minutes.of_flows(pl.concat(tables["flow"]), networks, LOCAL)
    if tables["l2"]:
        yield from minutes.of_segments(pl.concat(tables["l2"]), networks)
    if industrial.FRAME in tables:
        yield from minutes.of_industry(pl.concat(tables[industrial.FRAME]), networks)


def raised(path: Path | str, active: Iterable[Active]) -> set[str]:
    """Return the keys of the checks that a capture raises."""
    return {finding.check for finding in find(path, active)}


def _evaluate(runner: Runner, frame: str, rows: pl.DataFrame) -> list[Finding]:
    evaluation = runner.evaluate(frame, rows)
    assert evaluation.failures == []
    picked = rows[evaluation.findings["row"].to_list()]
    return [
        Finding(told["check"], frame, _entity(frame, row), told["score"], told["message"], _at(row))
        for told, row in zip(
            evaluation.findings.iter_rows(named=True), picked.iter_rows(named=True), strict=True
        )
    ]


def enrich(frame: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return a frame's rows as the platform would complete them: its networks, its lists."""
    if frame == "flow":
        return enrich_flows(table, CONTEXT, 1)
    if frame == "host":
        return enrich_hosts(table, CONTEXT, 1, _NO_SCORES)
    if frame == "interface":
        return enrich_interface(table, 1, "test")
    return enrich_other(table, 1)


def _entity(frame: str, row: dict[str, Any]) -> str:
    if frame == "flow":
        client = unpack(row["client_high"], row["client_low"])
        server = unpack(row["server_high"], row["server_low"])
        return f"{client} > {server}:{row['server_port']}"
    return str(row.get("address") or row.get("name"))


def _at(row: dict[str, Any]) -> float:
    return float(row.get("last_seen", row.get("time")).timestamp())
