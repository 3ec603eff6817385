"""From the packet to a script's alert in a browser: ``python -m tests.benchmarks.lua_latency``.

As :mod:`tests.benchmarks.latency`, with 5,000 new flows a second: in them are DNS lookups at
servers that only a script of the operator's looks for, each by a client of its own, spread evenly
over the time. The script runs by Celery over the stored batches, in the real worker and beat.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from tests.benchmarks.follower import Heard, percentile, session_cookie
from tests.benchmarks.latency import (
    LEAD,
    QUIET,
    TAIL,
    Marker,
    agent_token,
    follow,
    markers,
    write,
)
from tests.benchmarks.platform import Platform, platform
from tests.traffic.many_flows import Plan

#: Seconds that design.md 9 asks for at the 95th percentile.
TARGET: Final = 3.0
#: What :func:`tests.benchmarks.latency.packets_of` asks for its markers.
SCRIPT: Final = """
local server = flow.srv()
local is_marked = server:find("203.0.113.", 1, true) or server:find("2001:2::", 1, true)
if flow.srv_port() == 53 and is_marked then
  flow.triggerAlert(60, flow.cli() .. " asks " .. server)
end
return 0
"""


def answers(url: str) -> bool:
    """Return whether a server answers at all."""
    try:
        return httpx.get(url, timeout=5).status_code > 0
    except httpx.HTTPError:
        return False


def settle() -> None:
    """Enable the script, and switch off what fires on the background itself."""
    from checks.lua.models import Script
    from checks.models import CheckSetting, sync_settings
    from ntopweb import schedule

    sync_settings()
    schedule.seed()  # what beat starts
    CheckSetting.objects.filter(key__in=QUIET).update(is_enabled=False)
    script = Script.objects.create(name="marker", target="flow_detected", state="enabled")
    script.write(SCRIPT)


def shift_of(found: list[Marker]) -> float:
    """Return by how many seconds the agent moved the capture's times; raises RuntimeError."""
    from alerts.models import Alert

    first_seen = dict(
        Alert.objects.filter(check_key="custom_lua_script").values_list("client", "first_seen")
    )
    for one in found:
        if one.client in first_seen:
            return float(first_seen[one.client].timestamp()) - one.time
    raise RuntimeError("no marker became an alert")


def latencies(found: list[Marker], heard: Heard, shift: float) -> list[float]:
    """Return the seconds of every marker that was heard of."""
    told: dict[str, float] = {}
    for event in heard.events:
        if event["kind"] == "engaged" and event["alert"]["check"] == "custom_lua_script":
            told.setdefault(_client_of(event["alert"]["entity"]), heard.at[event["id"]])
    return [told[one.client] - one.time - shift for one in found if one.client in told]


def _client_of(entity: str) -> str:
    """Return the client's address of "[fd99::1]:53 → …" or "10.0.0.1:53 → …"."""
    side = entity.partition(" ")[0]
    return side[1:].partition("]")[0] if side.startswith("[") else side.partition(":")[0]


def measure(server: Platform, path: Path, found: list[Marker]) -> tuple[list[float], Heard]:
    """Replay and follow; return the latencies and all that was heard."""
    settle()
    for name in ("worker", "scripts", "beat"):
        server.start_process(name)
    cookie, token = session_cookie(), agent_token()
    time.sleep(8)  # until every process has the settings
    heard: Any = asyncio.run(follow(server, cookie, path, token))
    return latencies(found, heard, shift_of(found)), heard


def main() -> int:
    """Measure and print; return 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5_000, help="new flows a second")
    parser.add_argument("--seconds", type=int, default=40)
    options = parser.parse_args()
    found = markers(options.seconds - LEAD - TAIL, flows=6, hosts=0)
    plan = Plan(flows=options.rate * options.seconds, seconds=options.seconds, packets_per_flow=9)
    with TemporaryDirectory(prefix="ntopweb-latency-") as folder:
        path = Path(folder, "latency.pcap")
        write(path, plan, found)
        with platform("ingest", "lifecycle") as server:
            server.start_process("web", lambda: answers(server.options.url))
            seconds, heard = measure(server, path, found)
            parts = ("ingest", "lifecycle", "web", "worker", "scripts", "postgres")
            used = ", ".join(f"{name} {server.cpu_seconds(name):.1f}" for name in parts)
            print(f"CPU seconds {used}; load {os.getloadavg()[0]:.1f}")
    p50, p95 = percentile(seconds, 0.5), percentile(seconds, 0.95)
    print(f"messages    {heard.messages}, {heard.incomplete} of them incomplete")
    print(
        f"Lua check   p50 {p50:.2f} s  p95 {p95:.2f} s  max {max(seconds, default=0):.2f} s"
        f"  (target p95 ≤ {TARGET:.0f} s)  told of {len(seconds)} of {len(found)}"
    )
    return 0 if len(seconds) == len(found) and p95 <= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
