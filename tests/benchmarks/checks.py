"""What the flow checks cost: µs per flow at 50,000 rows, and ms per batch of 1,250 rows.

Run: ``python -m tests.benchmarks.checks``. All flow checks are on, also those that are off by
default. The flows are an office's: most are clean, one in five has a risk of nDPI's, and one in
fifty breaks another check. CPU time of this process and wall time, the best of several runs.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

import polars as pl

from capture_agent.schema import pack
from checks.frames import FRAMES, sample
from checks.registry import discover
from checks.runner import Active, Runner

TARGET_US_PER_FLOW = 0.5
TARGET_MS_PER_BATCH = 10.0
RUNS = 15


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
    known = {"items": ["198.51.100.0/24", "2001:db8::/32"]}
    kinds = [kind for kind in discover().values() if kind.frame == "flow"]
    checks = [kind.of(known if kind.key.startswith("unexpected") else {}) for kind in kinds]
    runner = Runner(Active(check, number, check.score) for number, check in enumerate(checks, 1))
    large, small = flows(50_000), flows(1_250)
    found = runner.evaluate("flow", large).findings.height
    print(f"{len(checks)} flow checks; {found} findings in {large.height} flows")
    per_flow = [best(lambda: runner.evaluate("flow", large), clock) * 20 for clock in _CLOCKS]
    per_batch = [best(lambda: runner.evaluate("flow", small), clock) * 1e3 for clock in _CLOCKS]
    for name, (wall, cpu), target in [
        ("50,000 rows, µs/flow", per_flow, TARGET_US_PER_FLOW),
        ("1,250 rows, ms/batch", per_batch, TARGET_MS_PER_BATCH),
    ]:
        print(f"{name}: {wall:.3f}, CPU {cpu:.3f}; target {target}")
    return int(per_flow[0] > TARGET_US_PER_FLOW or per_batch[0] > TARGET_MS_PER_BATCH)


_CLOCKS = (time.perf_counter, time.process_time)

if __name__ == "__main__":
    sys.exit(main())
