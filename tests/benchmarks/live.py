"""How many packets a second the meter takes from a live link without losing one.

    .venv/bin/python -m tests.benchmarks.live [--capture FILE] [--seconds 8] [--rates PPS …]

Two network namespaces joined by a veth pair: tcpreplay sends on one core, the meter captures on the
other as an
ordinary user with CAP_NET_RAW. Needs root and Debian's tcpreplay, iproute2 and util-linux.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.live.namespaces import Link, capturing_user, link, python_for_everyone, run


def captured(pair: Link, capture: Path, rate: int, seconds: float) -> dict[str, Any]:
    """Replay at ``rate`` packets a second and return what was sent and what the meter counted."""
    python, environment = python_for_everyone()
    command = ["taskset", "-c", "1", python, "-m", "tests.live.meter_link", pair.right_interface]
    meter = subprocess.Popen(
        pair.on_right(*capturing_user(*command)),
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd="/tmp",
    )
    assert meter.stdout is not None
    meter.stdout.readline()
    time.sleep(3)  # compiled code is loaded
    replay = subprocess.run(
        pair.on_left(
            *(
                "taskset",
                "-c",
                "0",
                "tcpreplay",
                "-i",
                pair.left_interface,
                "--preload-pcap",
                "--loop=100000",
            ),
            *(f"--pps={rate}", f"--limit={int(rate * seconds)}", str(capture)),
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    time.sleep(2)
    active_rss = int(
        re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{child_of(meter.pid)}/status").read_text())[1]
    )  # type: ignore[index]
    meter.terminate()
    out = json.loads(meter.communicate(timeout=60)[0].splitlines()[-1])
    sent = int(re.search(r"Actual: (\d+) packets", replay.stdout + replay.stderr)[1])  # type: ignore[index]
    actual = float(re.search(r"([\d.]+) pps", replay.stdout + replay.stderr)[1])  # type: ignore[index]
    return out | {"sent": sent, "pps": actual, "rss_kb": active_rss}


def child_of(pid: int) -> int:
    """Return the last process of the chain that ``ip netns exec`` became, mostly itself."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return child_of(int(children[0])) if children else pid


def main() -> None:
    """Print a line per rate and the highest one without a loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--capture", type=Path, default=Path("/tmp/ntopweb-live.pcap"))
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument(
        "--rates", type=int, nargs="+", default=[50_000, 100_000, 150_000, 200_000, 250_000]
    )
    options = parser.parse_args()
    if not options.capture.exists():
        run("python3", "-m", "tests.traffic.many_flows", str(options.capture))
    best = 0.0
    with link() as pair:
        for rate in options.rates:
            got = captured(pair, options.capture, rate, options.seconds)
            lost = got["sent"] - got["counters"]["received"]
            print(
                f"asked {rate:>7,} sent {got['pps']:>9,.0f} pps: {got['sent']:,} packets, metered "
                f"{got['counters']['received']:,}, "
                f"kernel drops {got['counters'].get('kernel_drops', 0):,}, "
                f"lost {lost / got['sent']:.3%}, meter {got['cpu_seconds']:.1f} CPU s"
            )
            if lost <= 0:
                best = max(best, got["pps"])
    print(f"loss-free: {best:,.0f} packets/s (target 150,000)")


if __name__ == "__main__":
    main()
