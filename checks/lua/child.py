"""The process that runs scripts: ``python -m checks.lua.child``, one request after another.

It holds nothing worth stealing: no settings, no database, an empty environment, no file to be
opened or written. The kernel's timer ends it when a script runs too long, whatever it is doing.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np
import polars as pl

from checks import frames
from checks.lua import wire
from checks.lua.columns import FLOW, Columns
from checks.lua.sandbox import Limits, Sandbox

#: Bytes of address space; polars' and Lua's own needs are far below.
_ADDRESS_SPACE = 8 * 2**30


def main() -> None:
    """Answer requests from standard input until it ends."""
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints must not stand between answers
    _warm_up()
    _renounce()
    while message := wire.read(requests):
        _answer(answers, *message)


def _warm_up() -> None:
    """Load whatever is loaded on first use."""
    table = frames.sample("flow", 1)
    columns = Columns("flow", table)
    Sandbox(columns, table.height).run("dump_flow()", "flow", rows=chosen(table, "start", [0]))
    for name in FLOW:
        columns[name]


def _renounce() -> None:
    """Give up what scripts have no need of, should one ever get out of Lua."""
    for limit, value in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_AS, _ADDRESS_SPACE),
    ):
        resource.setrlimit(limit, (value, value))
    os.nice(5)


def _answer(answers: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    table = pl.read_ipc_stream(body)
    columns = Columns(head["target"], table)
    sandbox = Sandbox(columns, table.height, Limits(**head["limits"]))
    for script in head["scripts"]:
        wire.write(answers, {"started": script["id"]})
        wire.write(answers, _run(sandbox, head, script, table))
    wire.write(answers, {"finished": True})


def _run(
    sandbox: Sandbox, head: dict[str, Any], script: dict[str, Any], table: pl.DataFrame
) -> dict[str, Any]:
    rows = chosen(table, script.get("event"), script.get("pools") or [])
    signal.setitimer(signal.ITIMER_REAL, head["seconds"])
    started = time.process_time()
    outcome = sandbox.run(script["source"], head["target"], script["parameters"], rows)
    seconds = time.process_time() - started
    signal.setitimer(signal.ITIMER_REAL, 0)
    count = table.height if rows is None else len(rows)
    return {"done": script["id"], "seconds": seconds, "rows": count, "outcome": asdict(outcome)}


def chosen(
    table: pl.DataFrame, event: str | None, pools: list[int]
) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """Return the rows (from 0) of the event and of hosts in the pools; None and [] are all.

    Where all rows are meant, None is returned.
    """
    if event is None and not pools:
        return None
    picked = []
    if event is not None:
        picked.append(pl.col("event") == event)
    if pools:
        names = [n for n in ("client_pool", "server_pool", "pool") if n in table.columns]
        picked.append(pl.any_horizontal(pl.col(name).is_in(pools) for name in names))
    rows = pl.all_horizontal(picked).arg_true().cast(pl.Int64)
    return table.select(rows.alias("row"))["row"].to_numpy()


if __name__ == "__main__":
    main()
