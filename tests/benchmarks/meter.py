"""The meter against NFStreamer on one capture: ``python -m tests.benchmarks.meter [--flows N]``.

Both dissect 20 packets a flow; the meter has all frames on and exports every table. They take turns,
since a shared machine is not equally fast from one minute to the next: the ratio is the median of
the rounds' ratios. Printed are packets per CPU second of each (user and system time of all its
processes, without imports and compilation) and the meter's memory per active flow, all of this run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import gettempdir

#: The ratio and the bytes per active flow that design.md 9 asks for.
RATIO, BYTES_PER_FLOW = 6.0, 3_072


def capture(flows: int, packets_per_flow: int) -> Path:
    """Return the capture's path, written if it is not there."""
    from tests.traffic.many_flows import Plan, write

    path = Path(gettempdir()) / f"ntopweb-benchmark-{flows}-{packets_per_flow}.pcap"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        write(part, Plan(flows=flows, packets_per_flow=packets_per_flow))
        part.replace(path)
    return path


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its children that have ended."""
    usages = (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN),
    )
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def resident_bytes() -> int:
    """Return this process's resident memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def measure_meter(path: Path, small: Path) -> dict[str, float]:
    """Meter the capture after the small one has compiled and warmed everything."""
    from capture_agent.meter.meter import Meter
    from capture_agent.sources import ndpi

    for _ in ndpi.PcapSource([small], interface="warm").emissions():
        pass
    meters: list[Meter] = []

    class Observed(Meter):
        """A meter whose table can be looked at just before its flows end."""

        def finish(self) -> int:
            if not meters:
                meters.append(self)
                peak.update(flows=self["flow_count"], resident=resident_bytes())
            return super().finish()

    peak: dict[str, int] = {}
    ndpi.Meter = Observed
    before, begun = resident_bytes(), cpu_seconds()
    source = ndpi.PcapSource([path], interface="benchmark", keep_time=True)
    rows = sum(len(emission.table) for emission in source.emissions() if emission)
    seconds = cpu_seconds() - begun
    return {
        "packets": source.counters["parsed"], "seconds": seconds, "rows": rows,
        "flows": peak["flows"], "bytes_per_flow": (peak["resident"] - before) / peak["flows"],
    }  # fmt: skip


def measure_nfstreamer(path: Path) -> dict[str, float]:
    """Let NFStreamer read the same capture with one meter, and take all its flows."""
    from nfstream import NFStreamer

    begun = cpu_seconds()
    streamer = NFStreamer(
        source=str(path), idle_timeout=120, active_timeout=10**9, accounting_mode=1, n_meters=1,
        n_dissections=20,
    )  # fmt: skip
    packets = sum(flow.bidirectional_packets for flow in streamer)
    return {"packets": packets, "seconds": cpu_seconds() - begun}


def in_child(*arguments: str) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.meter", *arguments]
    answer: dict[str, float] = json.loads(subprocess.check_output(command))
    return answer


def alternate(
    rounds: int, ours: Callable[[], dict[str, float]], theirs: Callable[[], dict[str, float]]
) -> tuple[float, dict[str, float], dict[str, float]]:
    """Measure in turn; print each round, return the median ratio and each side's median run.

    A measurement is a dict with ``packets`` and CPU ``seconds``.
    """
    pairs = []
    for number in range(rounds):
        pair = ours(), theirs()
        print(
            f"round {number + 1}     {rate(pair[0]):>10,.0f} : {rate(pair[1]):,.0f} packets/CPU s"
            f" = {rate(pair[0]) / rate(pair[1]):.2f}",
            flush=True,
        )
        pairs.append(pair)
    ratio = median(rate(mine) / rate(other) for mine, other in pairs)
    ordered = [sorted(side, key=rate)[rounds // 2] for side in zip(*pairs, strict=True)]
    return ratio, ordered[0], ordered[1]


def rate(measured: dict[str, float]) -> float:
    """Return a measurement's packets per CPU second."""
    return measured["packets"] / measured["seconds"]


def main() -> int:
    """Measure and print; returns 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=100_000)
    parser.add_argument("--packets-per-flow", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", choices=("meter", "nfstreamer"), help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure == "meter":
        print(json.dumps(measure_meter(options.path, capture(100, 12))))
        return 0
    if options.measure == "nfstreamer":
        print(json.dumps(measure_nfstreamer(options.path)))
        return 0
    path = capture(options.flows, options.packets_per_flow)
    begun = time.perf_counter()
    ratio, ours, theirs = alternate(
        options.rounds,
        lambda: in_child("--measure", "meter", "--path", str(path)),
        lambda: in_child("--measure", "nfstreamer", "--path", str(path)),
    )
    return report(path, ratio, ours, theirs, time.perf_counter() - begun)


def report(
    path: Path, ratio: float, ours: dict[str, float], theirs: dict[str, float], took: float
) -> int:
    """Print the result; return 1 when a target is missed."""
    memory = ours["bytes_per_flow"]
    print(f"capture     {path} ({ours['packets']:,.0f} packets, {ours['flows']:,.0f} active flows)")
    print(f"meter       {rate(ours):>10,.0f} packets/CPU s ({ours['rows']:,} rows)")
    print(f"NFStreamer  {rate(theirs):>10,.0f} packets/CPU s")
    print(f"ratio       {ratio:>10.2f} (target ≥ {RATIO})")
    print(f"memory      {memory:>10,.0f} bytes/active flow (target ≤ {BYTES_PER_FLOW:,})")
    print(f"took {took:.0f} s")
    return 0 if ratio >= RATIO and memory <= BYTES_PER_FLOW else 1


if __name__ == "__main__":
    raise SystemExit(main())
