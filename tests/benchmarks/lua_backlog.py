"""Twenty scripts at 5,000 flows/s: ``python -m tests.benchmarks.lua_backlog [--minutes 10]``.

The agent's own rows of a generated capture, of each flow one when it is named and one when it ends,
are posted to the real ingest process four times a second, two in flight as an agent has them, with
their times moved to now. Celery's
worker for scripts runs them, started by beat; the common worker does all else that beat starts.
Every five seconds the backlog is noted: batches that wait, and for how long the oldest has. Lua
keeps up when the backlog has no slope and the scripts' worker, its Lua processes included, needs
less than one core.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import httpx
import numpy as np
import polars as pl

from capture_agent import schema
from tests.benchmarks.ingest import agent_rows, bodies
from tests.benchmarks.platform import Platform, platform

#: Batches a second, as an agent cuts them.
BATCHES: Final = 4
IN_FLIGHT: Final = 2  # as the agent's poster has them
SCRIPTS: Final = 20
EVERY: Final = 5.0  # seconds between two looks
WARM: Final = 30.0  # seconds before the slope is looked at
#: A backlog is flat when it grows by less than a second of batches over the whole run, and no batch
#: ever waits longer than this many seconds.
LONGEST: Final = 10.0
#: One in a thousand flows.
MATCHING: Final = """
if flow.cli_port() % 1000 == 0 then flow.triggerAlert(20, flow.cli() .. " to " .. flow.srv()) end
return 0
"""


@dataclass(frozen=True)
class Look:
    """What waited at a moment; ``at`` in seconds since the begin."""

    at: float
    batches: int
    seconds: float
    cpu: float  # of the scripts' worker, so far


@dataclass
class Poster:
    """Posts rows at a steady pace, from a thread for each of the requests in flight."""

    url: str
    token: str
    rows: pl.DataFrame
    size: int
    session: str = field(default_factory=lambda: str(uuid4()))
    sent: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)  # 429: to be sent again
    latest: float = 0.0  # seconds behind its pace at worst
    faults: list[str] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)

    def start(self) -> list[threading.Thread]:
        """Post from now on; return the threads."""
        began = time.monotonic()
        lanes = [threading.Thread(target=self._run, args=(began, n)) for n in range(IN_FLIGHT)]
        for lane in lanes:
            lane.start()
        return lanes

    def _run(self, began: float, lane: int) -> None:
        with httpx.Client(base_url=self.url, timeout=60) as client:
            for number in range(lane, 10**9, IN_FLIGHT):
                body = self._body(number)
                if (wait := began + number / BATCHES - time.monotonic()) > 0:
                    self.ends.wait(wait)
                self.latest = max(self.latest, -wait)
                if self.ends.is_set():
                    return
                self._post(client, number, body)

    def _body(self, number: int) -> bytes:
        whole = self.rows.height // self.size
        part = self.rows.slice(number % whole * self.size, self.size)
        return next(iter(bodies([moved_to_now(part, number // whole)])))

    def _post(self, client: httpx.Client, number: int, body: bytes) -> None:
        headers = {
            "Authorization": f"Token {self.token}",
            "Content-Type": schema.CONTENT_TYPE,
            "Content-Encoding": "zstd",
            schema.HEADER_SESSION: self.session,
            schema.HEADER_SEQUENCE: str(number + 1),
            schema.HEADER_FRAME: "flow",
            schema.HEADER_SCHEMA: str(schema.VERSION),
            schema.HEADER_INTERFACE: "benchmark",
            schema.HEADER_KIND: "api",
        }
        while True:
            answer = client.post(schema.PATH, content=body, headers=headers)
            if answer.status_code != 429 or self.ends.wait(0.05):
                break
            self.refused.append(number)
        self.sent.append(number)
        if answer.status_code != 200:
            self.faults.append(f"{answer.status_code}: {answer.text[:200]}")


def moved_to_now(rows: pl.DataFrame, turn: int) -> pl.DataFrame:
    """Return the rows as if their last had been seen now, with the turn's own flow ids."""
    latest = rows["last_seen"].max()
    assert isinstance(latest, datetime)
    by = datetime.now(UTC) - latest
    times = [pl.col(name) + by for name in ("first_seen", "last_seen", "interval_start")]
    number = (pl.col("flow_id") & 0xFFFF_FFFF) + (turn + 1 << 32)  # one after another, as a meter's
    return rows.with_columns(*times, number.cast(rows.schema["flow_id"]))


def ordinary(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with few that have a risk: nine in ten of those are left out.

    The capture's servers have names of well-known ones whose networks they are not in, so that
    every fourth flow has a risk; of what is left, one in twenty-five has.
    """
    return rows.filter((pl.col("risk") == 0) | (pl.col("flow_id").hash(seed=1) % 10 == 0))


def interleaved(rows: pl.DataFrame, size: int) -> pl.DataFrame:
    """Return detected and end rows of the same flows, as many as make whole batches.

    Each flow ends half a second's flows after it was detected.
    """
    kinds = [rows.filter(event=event).sort("flow_id") for event in ("detected", "end")]
    both = kinds[0].join(kinds[1], on="flow_id", how="semi")["flow_id"]
    known = both.unique(maintain_order=True).head(both.n_unique() // size * size)
    lags = (0, size)
    numbered = [
        kind.unique("flow_id", maintain_order=True)
        .filter(pl.col("flow_id").is_in(known.implode()))
        .with_row_index("at", offset=lag)
        for kind, lag in zip(kinds, lags, strict=True)
    ]
    return pl.concat(numbered).sort("at", maintain_order=True).drop("at")


def prepare() -> str:
    """Make the scripts: four of each starter for flows, one of which matches; return a token."""
    from checks.lua.models import Script
    from checks.lua.starters import starters
    from checks.models import sync_settings
    from monitoring.models import Agent
    from ntopweb import schedule

    sync_settings()
    schedule.seed()  # what beat starts
    flows = [one for one in starters() if one.target != "host"]
    for number in range(SCRIPTS):
        starter = flows[number % len(flows)]
        target = ("flow_detected", "flow_end")[number // len(flows) % 2]
        name = f"{starter.title} {number + 1}"
        script = Script.objects.create(name=name, target=target, state="enabled")
        script.write(starter.source if number else MATCHING)
    agent = Agent(name="benchmark")
    token = agent.renew_token()
    agent.save()
    return token


def watch(server: Platform, poster: Poster, minutes: float) -> list[Look]:
    """Look at the backlog until the time is over, and print it beside what was posted."""
    from monitoring.ingest.batches import backlog

    looks: list[Look] = []
    began, cpu = time.monotonic(), server.cpu_seconds("scripts")
    while (at := time.monotonic() - began) < minutes * 60:
        waits = backlog(datetime.now(UTC))
        looks.append(Look(at, waits.batches, waits.seconds, server.cpu_seconds("scripts") - cpu))
        if len(looks) % 6 == 1:
            posted, due = len(poster.sent), int(at * BATCHES)
            waiting = f"{waits.batches:3} wait, oldest {waits.seconds:4.1f} s"
            print(f"  {at:5.0f} s  {posted:4} of {due:4} batches posted, {waiting}", flush=True)
        time.sleep(EVERY)
    return looks


def report(looks: list[Look], poster: Poster, minutes: float) -> bool:
    """Print slope and shares; return whether Lua kept up."""
    from checks.lua.costs import costs_of
    from checks.lua.models import Run

    warm = [look for look in looks if look.at >= WARM] or looks
    at, waiting = np.array([(look.at, look.batches) for look in warm]).T
    slope = float(np.polyfit(at, waiting, 1)[0]) if len(warm) > 2 else 0.0
    longest = max(look.seconds for look in warm)
    share = (looks[-1].cpu - warm[0].cpu) / (looks[-1].at - warm[0].at)
    inside = sum(cost["seconds"] for cost in costs_of(timedelta(hours=1)).values())
    ran = Run.objects.values("script").distinct().count()
    sent, refused = len(poster.sent), len(poster.refused)
    print(f"posted      {sent} batches of {poster.size:,} rows, {refused} put off,")
    print(f"            at most {poster.latest:.1f} s behind; load {os.getloadavg()[0]:.1f}")
    print(f"backlog     mean {waiting.mean():.1f} batches, longest wait {longest:.1f} s")
    print(f"slope       {slope * 60:+.2f} batches a minute")
    print(f"scripts     {ran} ran; {inside / (minutes * 60):.2f} of a core inside Lua")
    print(f"worker      {share:.2f} of a core, all of it (target < 1)")
    kept_up = slope * minutes * 60 < BATCHES and longest <= LONGEST and share < 1
    print("Lua keeps up" if kept_up else "Lua does not keep up")
    in_time = sent >= 0.95 * minutes * 60 * BATCHES
    if not in_time:
        print("the machine is too busy: the rate that was asked for was not reached")
    return kept_up and in_time and not poster.faults and ran == SCRIPTS


def main() -> int:
    """Measure and print; return 1 when Lua does not keep up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=5_000, help="flows a second")
    options = parser.parse_args()
    size = 2 * options.rate // BATCHES  # each flow has two rows
    rows = interleaved(ordinary(agent_rows(20_000)), size)
    with platform("ingest") as server:
        token = prepare()
        for name in ("lifecycle", "worker", "scripts", "beat"):
            server.start_process(name)
        time.sleep(5)  # until every process has the scripts
        poster = Poster(server.options.ingest_url, token, rows, size)
        threads = poster.start()
        looks = watch(server, poster, options.minutes)
        poster.ends.set()
        for thread in threads:
            thread.join()
        for fault in poster.faults[:3]:
            print(fault)
        good = report(looks, poster, options.minutes)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
