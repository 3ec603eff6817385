"""A flood of a million invented sources: ``python -m tests.benchmarks.flood [--sources N]``.

Half of them IPv4, half IPv6, one SYN each, through ``up``'s own processes: agent, ingest,
PostgreSQL, compaction. Prints what is kept by name and what was counted beyond the bounds, the most
memory of each process, and what lies on disk. Ends with 1 when a bound does not hold, a count is
lost or sums do not agree.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from capture_agent.demonstration.bulk import file_header
from capture_agent.spool import LIMIT
from tests.house.running import wait_until
from tests.reliability.ledger import account, differences, made
from tests.reliability.platform import PATIENCE, Platform, running, the_replay
from tests.traffic import spoofed_flood
from tests.traffic.packets import START

#: The most memory of a part, in MB (proportional set size, all of its processes together).
MEMORY = {
    "postgres": 3_000,  # a gigabyte of it are the buffers that all of its processes share
    "valkey": 100,
    "web": 500,
    "ingest": 1_500,
    "worker": 1_500,
    "scripts": 750,
    "beat": 250,
    "lifecycle": 500,
    "deliveries": 500,
    "agent-pcap": 2_000,
}
_KEYS = {"10s": 200, "1m": 500, "1h": 1_000, "1d": 2_000}
_REMOTE, _A_MINUTE = 50_000, 2_000
_SECONDS = 60.0  # of the capture
_LOOK_EVERY = 1.0


def write_capture(path: Path, sources: int) -> None:
    """Write the flood: a half of its time from IPv4 addresses, the other from IPv6."""
    with path.open("wb") as file:
        file.write(file_header())
        for number, family in enumerate((4, 6)):
            flood = spoofed_flood.Flood(sources // 2, _SECONDS / 2, family)
            for rows in spoofed_flood.blocks(flood, START + number * _SECONDS / 2):
                file.write(rows.data)


class Memory:
    """The most that each part of a platform was seen to use, in MB, and of the spool on disk."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.most: dict[str, float] = {}
        self.spool = 0

    def look(self) -> None:
        """Take one sample; parts that are not there are passed over."""
        try:
            programs = self._platform.up.programs()
        except (OSError, ValueError):
            return
        for name, report in programs.items():
            used = sum(_pss(pid) for pid in _family(report["pid"])) if report["pid"] else 0.0
            self.most[name] = max(self.most.get(name, 0.0), used)
        self.spool = max(self.spool, _size(self._platform.data / "spool"))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look every second for the length of a block."""
        over = Event()

        def watch() -> None:
            while not over.wait(_LOOK_EVERY):
                self.look()

        watcher = Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:  # a batch that was just acknowledged
            continue
    return total


def held(platform: Platform, memory: Memory, seconds: float) -> list[str]:
    """Print what is kept, counted and used; return the bounds that do not hold."""
    remote = platform.value("SELECT count(*) FROM monitoring_host WHERE NOT is_local")
    minutes = platform.value(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM monitoring_host WHERE NOT is_local"
        " GROUP BY date_trunc('minute', first_seen)) AS m"
    )
    print(f"hosts: {remote:,} remote, at most {minutes:,} new in a minute")
    found = [("remote hosts", remote, _REMOTE), ("new hosts in a minute", minutes, _A_MINUTE)]
    for resolution, most in _KEYS.items():
        rows, keys = _traffic(platform, resolution)
        print(f"traffic in {resolution}: {rows:,} rows, at most {keys:,} keys in a step")
        found.append((f"keys in {resolution}", keys, most + 2))  # and the two victims
    for name, used in sorted(memory.most.items()):
        print(f"memory of {name}: {used:,.0f} MB of {MEMORY.get(name, 0):,}")
        found.append((f"memory of {name}, MB", int(used), MEMORY.get(name, 0)))
    print(f"spool: at most {memory.spool / 1e6:,.0f} MB; database: {_database(platform):,.0f} MB")
    found.append(("spool", memory.spool, LIMIT))
    print(f"{seconds:,.0f} s from the first batch to the last sum")
    return [f"{what}: {value:,}, over {most:,}" for what, value, most in found if value > most]


def _traffic(platform: Platform, resolution: str) -> tuple[int, int]:
    table = f"traffic_{resolution}"
    keys = platform.value(
        f"SELECT max(n) FROM (SELECT count(*) AS n FROM {table} WHERE key <> 'other'"
        " GROUP BY bucket, interface_id, dimension) AS g"
    )
    return platform.value(f"SELECT count(*) FROM {table}"), keys


def _database(platform: Platform) -> float:
    return platform.value("SELECT pg_database_size(current_database())") / 1e6


def counted(platform: Platform, sources: int) -> list[str]:
    """Print what was counted beyond the bounds; return what is missing from it."""
    rows = platform.rows(
        "SELECT bound, sum(count) FROM monitoring_overflow GROUP BY bound ORDER BY 1"
    )
    for bound, count in rows:
        print(f"counted: {bound}: {int(count):,}")
    kept = platform.value("SELECT count(*) FROM monitoring_host")
    told = sum(int(count) for bound, count in rows if bound.startswith("hosts:"))
    counters = platform.rows("SELECT counters FROM monitoring_agent WHERE counters <> '{}'")[0][0]
    untracked = counters["untracked_hosts"]
    print(f"sources: {sources:,}; hosts kept: {kept:,}, counted: {told:,}")
    print(f"counted by the agent: {untracked:,} times a host without a place in its table")
    missing = sources - kept - told - untracked
    return [f"{missing:,} sources neither kept nor counted"] if missing > 0 else []


def run(folder: Path, sources: int) -> list[str]:
    """Replay the flood into a new platform; return what does not hold."""
    capture = folder / "flood.pcap"
    write_capture(capture, sources)
    with running(folder / "data", "--pcap", str(capture)) as platform:
        platform.wait_for_database()
        replay = wait_until(lambda: the_replay(platform.data), "the replay begins")
        memory, began = Memory(platform), time.monotonic()
        with memory.watched():
            wait_until(lambda: platform.state("agent-pcap") == "done", "the end", 2 * PATIENCE)
            waiting = "SELECT count(*) FROM traffic_part"
            wait_until(lambda: not platform.value(waiting), "sums", PATIENCE)
        wrong = held(platform, memory, time.monotonic() - began)
        wrong += counted(platform, sources)
        found = account(platform)
    wrong += differences(made(capture, replay, None), found)
    print(f"ledger: {found.flows:,} flows, {found.stored:,} rows stored, {found.refused:,} refused")
    return wrong


def main() -> int:
    """Run the flood; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=1_000_000)
    sources = parser.parse_args().sources
    with tempfile.TemporaryDirectory(prefix="ntopweb-flood-", dir="/tmp") as name:
        wrong = run(Path(name), sources)
    print("\n".join(wrong) or "every bound holds, what is over is counted, every sum agrees")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
