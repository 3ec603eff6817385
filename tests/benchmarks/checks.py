"""What checks cost: µs per flow at 50,000 rows, ms per batch of 1,250 rows, s per 100,000 hosts.

Run: ``python -m tests.benchmarks.checks``. All checks are on, also those that are off by default.
The flows are an office's: most are clean, one in five has a risk of nDPI's, and one in fifty breaks
another check. Of the hosts one in fifty floods or scans, and breaks half of all host checks. CPU
time of this process and wall time, the best of several runs.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from functools import partial

import polars as pl

from capture_agent.schema import pack, texts
from checks.frames import FRAMES, sample
from checks.registry import discover
from checks.runner import Active, Runner

TARGET_US_PER_FLOW = 0.5
TARGET_MS_PER_BATCH = 10.0
TARGET_S_PER_HOSTS = 1.0
HOSTS = 100_000
RUNS = 60  # the first runs of a new process are often slower


def flows(rows: int, seed: int = 1) -> pl.DataFrame:
    """Return an office's flows, enriched."""
    rng = random.Random(seed)
    names = [
        ("TLS", "Web"),
        ("DNS", "Network"),
        ("HTTP", "Web"),
        ("QUIC", "Web"),
        ("SSH", "RemoteAccess"),
    ]
    kinds = [rng.choices(names, [50, 25, 10, 13, 2])[0] for _ in range(rows)]
    clients = [pack(f"10.0.{rng.randrange(8)}.{rng.randrange(256)}") for _ in range(rows)]
    servers = [
        pack(f"2001:db8::{rng.randrange(500):x}")
        if rng.random() < 0.3
        else pack(f"198.51.100.{rng.randrange(256)}")
        for _ in range(rows)
    ]
    is_bad = [rng.random() < 0.02 for _ in range(rows)]
    moved_bytes = [rng.randrange(1_000, 9_000) for _ in range(rows)]
    columns = {
        "event": rng.choices(["detected", "update", "end"], k=rows),
        "client_high": [c[0] for c in clients],
        "client_low": [c[1] for c in clients],
        "server_high": [s[0] for s in servers],
        "server_low": [s[1] for s in servers],
        "server_port": rng.choices([443, 53, 80, 22], k=rows),
        "l4": rng.choices([6, 17], k=rows),
        "connection_state": rng.choices(["SF", "S1", "S0", ""], [60, 20, 1, 19], k=rows),
        "payload_to_server": [int(moved * rng.uniform(0.58, 0.98)) for moved in moved_bytes],
        "bytes_to_server": moved_bytes,
        "packets_to_server": [rng.randrange(1, 20) for _ in range(rows)],
        "packets_to_client": [rng.randrange(1, 20) for _ in range(rows)],
        "risk": [1 << rng.randrange(1, 57) if rng.random() < 0.2 else 0 for _ in range(rows)],
        "application": [kind[0] for kind in kinds],
        "category": [kind[1] for kind in kinds],
        "server_list": ["demonstration" if bad else None for bad in is_bad],
        "client_is_local": [True] * rows,
        "direction": ["local_to_remote"] * rows,
    }
    schema = FRAMES["flow"]
    series = [pl.Series(name, values, dtype=schema[name]) for name, values in columns.items()]
    return (
        sample("flow", rows)
        .with_columns(series)
        .with_columns(
            pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in schema.items()
            if name in ("client_list", "name_list", "tls_issuer_dn", "dns_query", "http_url")
        )
    )


def hosts(rows: int, seed: int = 1) -> pl.DataFrame:
    """Return a frame of hosts, IPv4 and IPv6, enriched."""
    rng = random.Random(seed)
    packed = [
        pack(f"2001:db8::{n >> 8:x}:{n & 255:x}")
        if n % 3 == 0
        else pack(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
        for n in range(rows)
    ]
    loud = [rng.random() < 0.02 for _ in range(rows)]
    schema = FRAMES["host"]
    counts = [name for name, dtype in schema.items() if dtype == pl.UInt32]
    words = pl.DataFrame(packed, {"host_high": pl.UInt64, "host_low": pl.UInt64}, orient="row")
    frame = sample("host", rows).with_columns(
        words["host_high"],
        words["host_low"],
        texts(words["host_high"], words["host_low"]).alias("address"),
        pl.lit(5.0).cast(schema["interval"]).alias("interval"),
        *(
            pl.Series(name, [rng.randrange(2_000) if bad else rng.randrange(5) for bad in loud])
            for name in counts
        ),
    )
    return frame.cast({name: schema[name] for name in counts})


def best(run: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return the least seconds of several runs."""
    times = []
    for _ in range(RUNS):
        start = clock()
        run()
        times.append(clock() - start)
    return min(times)


def main() -> int:
    """Print the figures; return 1 where a target is missed."""
    flow_runner, host_runner = all_checks("flow"), all_checks("host")
    many, few, frame = flows(50_000), flows(1_250), hosts(HOSTS)
    for name, runner, table in (("flow", flow_runner, many), ("host", host_runner, frame)):
        found = runner.evaluate(name, table).findings.height
        print(f"{len(runner.active)} {name} checks; {found:,} findings in {table.height:,} rows")
    measured = [
        ("50,000 flows, µs/flow", flow_runner, "flow", many, 20, TARGET_US_PER_FLOW),
        ("1,250 flows, ms/batch", flow_runner, "flow", few, 1e3, TARGET_MS_PER_BATCH),
        (f"{HOSTS:,} hosts, s", host_runner, "host", frame, 1, TARGET_S_PER_HOSTS),
    ]
    is_missed = False
    for title, runner, kind, table, unit, target in measured:
        run = partial(runner.evaluate, kind, table)
        wall, cpu = (best(run, clock) * unit for clock in _CLOCKS)
        print(f"{title}: {wall:.3f}, CPU {cpu:.3f}; target {target}")
        is_missed |= wall > target
    return int(is_missed)


def all_checks(frame: str) -> Runner:
    """Return a runner of all checks of a frame, also of those that are off by default."""
    known = {"items": ["198.51.100.0/24", "2001:db8::/32"]}
    kinds = [kind for kind in discover().values() if kind.frame == frame]
    checks = [kind.of(known if kind.key.startswith("unexpected") else {}) for kind in kinds]
    return Runner(Active(check, number, check.score) for number, check in enumerate(checks, 1))


_CLOCKS = (time.perf_counter, time.process_time)

if __name__ == "__main__":
    sys.exit(main())
