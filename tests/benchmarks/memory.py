"""Memory of every process under load: ``python -m tests.benchmarks.memory [--minutes 10]``.

Rows of a generated capture are posted to the real ingest process at a steady rate, in batches of
250 ms, with host frames every five seconds, while lifecycle, worker and web run beside it, as in
the product. Every few seconds each process' own memory is noted (proc(5), Pss_Anon: neither files
nor PostgreSQL's shared buffers, which fill to their size). After the first quarter, in which caches
fill, a line is laid through the rest: its slope says how much a process grows in an hour. Flat is
what would not matter in a day: less than FLAT of the process' size in an hour, or less than SMALL.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import linear_regression
from typing import Final
from uuid import uuid4

import httpx
import polars as pl

from capture_agent import schema
from capture_agent.batcher import Batcher
from capture_agent.emission import Emission
from capture_agent.post import headers
from checks import frames
from tests.benchmarks.ingest import agent_rows, prepare
from tests.benchmarks.platform import Platform, family, platform

#: Growth in an hour, as a part of the process' size, and in MiB, that is called flat.
FLAT: Final = 0.05
SMALL: Final = 8.0
PROCESSES: Final = ("ingest", "lifecycle", "worker", "scripts", "beat", "web")
SERVERS: Final = ("postgres", "valkey")
#: Seconds between two batches, between two host frames, between two looks at the memory.
BATCH, INTERVAL, LOOK = 0.25, 5.0, 5.0
_MIB: Final = 1 << 20


def resident(name: str, server: Platform) -> float:
    """Return the memory that a process and its children have for themselves, in MiB."""
    return sum(_pss(pid) for pid in family(server.processes[name].pid)) / _MIB


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has just ended
        return 0
    return (
        next(
            (int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss_Anon:")), 0
        )
        << 10
    )


def emissions(rows: pl.DataFrame, size: int, hosts: int) -> Iterator[Emission]:
    """Yield batches of flows that end now, and a host frame when its time has come; endless."""
    since, frame_at = 0, 0.0
    while True:
        part = rows.slice(since % (rows.height - size), size)
        moved = pl.lit(datetime.now(UTC)) - part["last_seen"].max()
        times = [pl.col(name) + moved for name in ("first_seen", "last_seen", "interval_start")]
        ids = pl.lit(since) + pl.int_range(1, size + 1)
        yield Emission("memory", "api", "flow", part.with_columns(*times, ids.alias("flow_id")))
        since += size
        if time.monotonic() - frame_at >= INTERVAL:
            frame_at = time.monotonic()
            yield Emission("memory", "api", "host", host_frame(part, hosts))


def host_frame(part: pl.DataFrame, hosts: int) -> pl.DataFrame:
    """Return a host frame of some of the flows' clients."""
    keys = part.select(host_high="client_high", host_low="client_low").unique().head(hosts)
    moment = pl.lit(datetime.now(UTC)).cast(schema.TIME).alias("time")
    whole = frames.sample("host", keys.height).select(list(schema.HOST))
    return whole.with_columns(moment, *keys.get_columns())


def load(server: Platform, token: str, rate: int, seconds: float) -> Iterator[float]:
    """Post for so long at so many rows a second; yield how late it is, in seconds, per batch."""
    size = int(rate * BATCH)
    source = emissions(agent_rows(20_000), size, 500)
    batcher = Batcher(uuid4(), rows=size)
    begun, sent = time.monotonic(), 0
    with httpx.Client(
        base_url=server.options.ingest_url,
        timeout=60,
        headers={"Authorization": f"Token {token}"},
    ) as client:
        while (elapsed := time.monotonic() - begun) < seconds:
            emission = next(source)
            for batch in [*batcher.add(emission, 0.0), *batcher.flush()]:
                said = headers(batch, datetime.now(UTC), None)
                client.post(schema.PATH, content=batch.body, headers=said).raise_for_status()
            sent += emission.frame == "flow"
            time.sleep(max(0.0, sent * BATCH - elapsed))
            yield elapsed - sent * BATCH


def watch(server: Platform, token: str, rate: int, minutes: float) -> dict[str, list[float]]:
    """Load and look; return each process' memory over time."""
    seen: dict[str, list[float]] = {name: [] for name in (*PROCESSES, *SERVERS)}
    looked_at, behind = time.monotonic(), 0.0
    for late in load(server, token, rate, minutes * 60):
        behind = late
        if time.monotonic() - looked_at >= LOOK:
            looked_at = time.monotonic()
            for name, sizes in seen.items():
                sizes.append(resident(name, server))
    if behind > 2 * LOOK:
        print(f"the machine did not keep up: {timedelta(seconds=round(behind))} behind")
    return seen


def slope(sizes: list[float]) -> float:
    """Return the growth in MiB an hour after the first quarter."""
    rest = sizes[len(sizes) // 4 :]
    return linear_regression(range(len(rest)), rest).slope * 3600 / LOOK


def report(seen: dict[str, list[float]]) -> bool:
    """Print a line per process; return whether all are flat."""
    is_flat = True
    for name, sizes in seen.items():
        growth, last = slope(sizes), sizes[-1]
        flat = growth <= max(SMALL, FLAT * last)
        is_flat &= flat
        print(
            f"{name:10} {sizes[0]:7.1f} … {last:7.1f} MiB, most {max(sizes):7.1f}:"
            f" {growth:+7.1f} MiB an hour{'' if flat else '  GROWS'}"
        )
    return is_flat


def main() -> int:
    """Measure and print; return 1 when a process grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=2_000, help="flow rows a second")
    options = parser.parse_args()
    with platform(*PROCESSES) as server:
        seen = watch(server, prepare(), options.rate, options.minutes)
        print(
            f"{options.minutes:g} minutes, {options.rate:,} rows/s, load {os.getloadavg()[0]:.1f}"
        )
        return 0 if report(seen) else 1


if __name__ == "__main__":
    sys.exit(main())
