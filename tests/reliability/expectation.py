"""What a platform must make of a replay: its alerts of flows. Needs Django to be set up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from capture_agent import unfinished
from capture_agent.sources.ndpi import PcapSource
from checks.runner import Runner
from tests.traffic import findings

#: A check's key and an identity of it, with the number of its flows.
Expected = dict[tuple[str, str], int]


def expected(capture: Path, replay: unfinished.Replay) -> Expected:
    """Return each alert of flows that the capture must raise, with its number of flows."""
    runner = Runner(findings.by_default())
    found: dict[tuple[str, str], set[int]] = {}
    for table in _flows(capture, replay):
        rows = findings.enrich("flow", table)
        told = runner.evaluate("flow", rows).findings
        flows = rows["flow_id"].gather(told["row"])
        for check, identity, flow in told.select("check", "identity", flows).unique().iter_rows():
            found.setdefault((check, identity), set()).add(flow)
    return {key: len(flows) for key, flows in found.items()}


def rows_of_flows(capture: Path, replay: unfinished.Replay) -> int:
    """Return how many rows of flows the agent makes of the capture."""
    return sum(table.height for table in _flows(capture, replay))


def _flows(capture: Path, replay: unfinished.Replay) -> Iterator[pl.DataFrame]:
    source = PcapSource(
        [capture],
        interface=capture.name,
        wanted=set(replay.wanted),
        begun=replay.begun,
        identity=replay.identity,
    )
    for part in source.emissions():
        if part is not None and part.frame == "flow":
            yield part.table
