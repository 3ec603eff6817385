"""Scripts over stored flows: the same engine in a process of its own, and what came of each day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl

from capture_agent.schema import FLOW, FLOW_DETAIL
from checks.backtests import stored
from checks.backtests.progress import CancelledError, Progress
from checks.backtests.subjects import STORED_EVENTS, NotStoredError
from checks.backtests.summary import Summary
from checks.lua import findings as told
from checks.lua.declared import values
from checks.lua.findings import Said
from checks.lua.models import EVENTS, Script, check_source
from checks.lua.process import Job, Process, Report
from monitoring.enrichment.context import Context

#: Rows at a time: the memory of a batch, columns included, is the script's limit.
_ROWS: Final = 20_000
_KEPT_ERRORS: Final = 20
#: A source in which ``flow`` stands for other than these methods may ask for anything.
_PLAIN: Final = re.compile(
    r"\bflow\.(?:cli|cli_port|srv|srv_port|protocol|vlan_id|is_oneway|is_unicast|cli2srv_bytes"
    r"|srv2cli_bytes|bytes|bits_per_second|l7_master_proto|l7_proto|l7_proto_name|category"
    r"|direction|duration|rtt|retransmissions|country|asn|is_local|community_id|param|risks"
    r"|server_name|triggerAlert)\b"
)
_ANY: Final = re.compile(r"\b(?:flow|dump_flow|_G|_ENV)\b")


@dataclass(frozen=True)
class Proposed:
    """What is tested: a source as it stands in the editor, with its values."""

    name: str
    target: str
    source: str
    values: dict[str, Any]
    pools: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what a back-test keeps as its subject."""
        return {"script": {**asdict(self), "pools": list(self.pools)}}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Proposed:
        """Return what a kept subject says."""
        return cls(**{**said, "pools": tuple(said.get("pools", ()))})

    def check(self) -> None:
        """Raise NotStoredError, ValidationError or DeclarationError for what cannot be tested."""
        check_source(self.source)
        values(self.source, self.values)
        if self.target == Script.Target.HOST:
            raise NotStoredError(
                "Only flows can be back-tested: hosts are not stored, only what is known now."
            )

    @property
    def event(self) -> str:
        """Return the stored rows that stand for those that it sees live."""
        live = EVENTS[self.target]
        return live if live in STORED_EVENTS else "end"

    @property
    def notes(self) -> list[str]:
        """Return what is different from live."""
        live = EVENTS[self.target]
        if live in STORED_EVENTS:
            return []
        return [f"Live, it sees rows “{live}”; here, the end rows of the same flows."]

    @property
    def columns(self) -> list[str]:
        """Return the columns that are read: without the detail where no method needs it."""
        if _ANY.search(_PLAIN.sub("", self.source)):
            return list(FLOW)
        return [name for name in FLOW if name not in FLOW_DETAIL]


@dataclass
class Day:
    """What came of one day (UTC)."""

    day: str
    rows: int = 0
    matches: int = 0
    errors: int = 0
    seconds: float = 0.0  # of one core


def over(
    proposed: Proposed,
    since: datetime,
    until: datetime,
    context: Context,
    progress: Progress = lambda done, total: True,
) -> dict[str, Any]:
    """Return the result of running a script over the flows from ``since`` until ``until``.

    Raises CancelledError as soon as ``progress`` returns False, and what
    :meth:`Proposed.check` raises.
    """
    proposed.check()
    summary, days = Summary(since, until), dict[str, Day]()
    errors: list[str] = []
    parts = stored.portions(since, until)
    done, total = 0, sum(part.rows for part in parts)
    with closing(Process()) as process:
        for part in parts:
            for table in _slices(stored.read(part, proposed.columns, context)):
                if not progress(done, total):
                    raise CancelledError
                report = _run(process, proposed, table)
                _add(summary, days, proposed, table, report)
                errors += _words(table, report)
                done += table.height
                if report.killed or report.outcome.stopped:
                    return _result(proposed, summary, days, errors, done)
    progress(done, total)
    return _result(proposed, summary, days, errors, done)


def _slices(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows of each day in parts that a script's memory holds."""
    dated = table.with_columns(pl.col("last_seen").dt.date().alias("day"))
    for part in dated.partition_by("day", maintain_order=True, include_key=False):
        yield from part.iter_slices(_ROWS)


def _run(process: Process, proposed: Proposed, table: pl.DataFrame) -> Report:
    every = values(proposed.source, proposed.values)
    job = Job(0, proposed.source, every, proposed.event, proposed.pools)
    return process.run("flow", table, [job])[0]


def _add(
    summary: Summary, days: dict[str, Day], proposed: Proposed, table: pl.DataFrame, report: Report
) -> None:
    hits = report.outcome.hits
    summary.add(table, told.of_flows(table, [Said(0, proposed.name, hits)], 0).findings)
    name = table["last_seen"][0].date().isoformat()
    day = days.setdefault(name, Day(name))
    day.rows += report.rows
    day.matches += len(hits)
    day.errors += len(report.outcome.failed_rows)
    day.seconds += report.seconds


def _words(table: pl.DataFrame, report: Report) -> list[str]:
    outcome = report.outcome
    faulty = [f"flow {table['flow_id'][row]}: {text}" for row, text in outcome.errors]
    return [*faulty, outcome.stopped] if outcome.stopped else faulty


def _result(
    proposed: Proposed, summary: Summary, days: dict[str, Day], errors: list[str], rows: int
) -> dict[str, Any]:
    seconds, seen = sum(d.seconds for d in days.values()), sum(d.rows for d in days.values())
    return {
        "rows": rows,
        "proposed": summary.to_json(),
        "present": None,
        "notes": proposed.notes,
        "failures": {proposed.name: errors[-1]} if errors else {},
        "errors": errors[:_KEPT_ERRORS],
        "days": [asdict(day) for day in sorted(days.values(), key=lambda each: each.day)],
        "seconds": seconds,
        "microseconds": seconds / seen * 1e6 if seen else 0.0,
    }
