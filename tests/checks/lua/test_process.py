"""The process that runs scripts: what it answers, and what happens when it must be ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.lua.process import EngineError, Job, Process
from tests.checks.lua.tables import FLOWS, flow_table

#: Spends its time in a C function, where hardly an instruction counts.
STUCK = (
    "local t = setmetatable({}, {__index = {}, __len = function() return 999999 end})"
    " while true do table.insert(t, 1, 1) end"
)


@pytest.fixture(scope="module")
def process() -> Iterator[Process]:
    running = Process()
    yield running
    running.close()


def test_jobs_see_the_rows_of_their_event_and_pools(process: Process) -> None:
    table = flow_table(*({**flow, "client_pool": number} for number, flow in enumerate(FLOWS)))
    jobs = [
        Job(1, "flow.triggerAlert(10, 'x')", {}, event="detected"),
        Job(2, "flow.triggerAlert(10, 'x')", {}, event="end", pools=(1, 7)),
        Job(3, "flow.triggerAlert(10, 'x')", {}, event="end", pools=(7,)),
        Job(4, "flow.triggerAlert(flow.param('score'), 'x')", {"score": 44}),
    ]
    reports = process.run("flow", table, jobs)
    assert [[hit.row for hit in report.outcome.hits] for report in reports] == [
        [0],
        [1],
        [],
        [0, 1],
    ]
    assert [report.rows for report in reports] == [1, 1, 0, 2]
    assert {hit.score for hit in reports[3].outcome.hits} == {44}


def test_a_job_that_must_be_killed_is_named_and_the_others_run(process: Process) -> None:
    fine = "flow.triggerAlert(10, 'x')"
    jobs = [Job(1, fine, {}), Job(2, STUCK, {}), Job(3, fine, {})]
    reports = process.run("flow", flow_table(), jobs, seconds=0.5)
    assert [bool(report.killed) for report in reports] == [False, True, False]
    assert [len(report.outcome.hits) for report in reports] == [2, 0, 2]
    assert process.run("flow", flow_table(), jobs[:1])[0].outcome.visited == 2


def test_a_child_that_somebody_killed_is_started_again(process: Process) -> None:
    process.run("flow", flow_table(), [Job(1, "return(0)", {})])
    child = process._child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert process.run("flow", flow_table(), [Job(1, "return(0)", {})])[0].outcome.visited == 2


def test_the_child_can_open_nothing_and_knows_no_secret(process: Process) -> None:
    process.run("flow", flow_table(), [Job(1, "return(0)", {})])
    child = process._child
    assert child is not None
    limits = map(str.split, Path(f"/proc/{child.pid}/limits").read_text().splitlines())
    soft = {" ".join(words[:3]): words[3] for words in limits if len(words) > 4}
    assert (soft["Max open files"], soft["Max file size"]) == ("0", "0")
    assert b"SECRET" not in Path(f"/proc/{child.pid}/environ").read_bytes().upper()


def test_a_child_that_does_not_start_is_no_scripts_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.lua.process.sys.executable", "/bin/false")
    with pytest.raises(EngineError, match="before it ran one"):
        Process().run("flow", flow_table(), [Job(1, "return(0)", {})])
