"""From the packet to the alert in a browser: ``python -m tests.benchmarks.latency``.

A capture of ordinary flows (TLS, HTTP and DNS, IPv4 and IPv6), 5,000 new ones a second, is replayed
at its own pace through the real agent into the real ingest, lifecycle and web processes. In it are
DNS lookups at servers that are not allowed (a flow check) and hosts that open hundreds of flows at
once (a host check), each by a client of its own, spread evenly over the time. A WebSocket client,
connected as a page is, takes what is pushed. Latency is from the packet's own time to the message
that tells of its alert; a paced replay reads a packet up to 0.2 s late, which is counted.

Every check that is on by default stays on, save QUIET, which fire on the background itself: its
servers have well-known names and invented addresses.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from capture_agent.demonstration.bulk import file_header
from capture_agent.demonstration.capture import record
from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.packets import Endpoint, udp
from tests.benchmarks.follower import Heard, live, percentile, session_cookie
from tests.benchmarks.platform import ROOT, Platform, platform
from tests.traffic.many_flows import Plan, blocks
from tests.traffic.packets import START, dns_lookup

#: Seconds that design.md 9 asks for at the 95th percentile.
TARGETS: Final = {"flow": 1.0, "host": 6.0}
QUIET: Final = ("ndpi_mismatching_protocol_with_ip",)
#: New flows of one host within 25 ms; more than twice the threshold, however a second cuts them.
BURST, THRESHOLD = 250, 100
#: Seconds at the capture's begin and end without a marker: a replay starts with loading its meter.
LEAD, TAIL = 6, 2
_MAC: Final = "02:00:00:00:99:01"


@dataclass(frozen=True)
class Marker:
    """Something that breaks a check: which kind, by which client, when (UNIX time)."""

    kind: str
    client: str
    time: float


def markers(seconds: float, flows: float, hosts: float) -> list[Marker]:
    """Return so many of each kind a second, evenly spread, in the order of time."""
    made = []
    for kind, rate in (("flow", flows), ("host", hosts)):
        for number in range(int(seconds * rate)):
            time = START + LEAD + (number + 0.5) / rate
            made.append(Marker(kind, _client(kind, number), time))
    return sorted(made, key=lambda one: one.time)


def _client(kind: str, number: int) -> str:
    half = number // 2
    if number % 2:
        return f"fd99:{'1' if kind == 'flow' else '2'}::{half + 1:x}"
    return f"10.{99 if kind == 'flow' else 98}.{half // 250}.{half % 250 + 1}"


def packets_of(marker: Marker, number: int) -> list[Packet]:
    """Return the packets of a marker."""
    v6 = ":" in marker.client
    client = Endpoint(_MAC, marker.client)
    if marker.kind == "flow":
        server = Endpoint(
            _MAC, f"2001:2::{number + 1:x}" if v6 else f"203.0.113.{number % 254 + 1}"
        )
        return dns_lookup(client, server, "www.example.org", start=marker.time)
    server = Endpoint(_MAC, "fd99:2::ffff" if v6 else "10.98.255.1")
    return [
        Packet(marker.time + place / 10_000, udp(client, server, (10_000 + place, 9_999), b"x"))
        for place in range(BURST)
    ]


def write(path: Path, plan: Plan, found: list[Marker]) -> None:
    """Write background and markers in the order of time."""
    waiting = sorted(
        (packet for number, one in enumerate(found) for packet in packets_of(one, number)),
        key=lambda packet: packet[0],
    )
    times = np.array([packet[0] for packet in waiting])
    done = 0
    with path.open("wb") as file:
        file.write(file_header())
        for rows in blocks(plan):
            stamps = rows[:, :8].copy().view("<u4").astype(np.float64) @ (1.0, 1e-6)
            cut = 0
            upto = int(np.searchsorted(times, stamps[-1]))
            for place in range(done, upto):
                end = int(np.searchsorted(stamps, times[place]))
                file.write(rows[cut:end].data)
                file.write(record(waiting[place]))
                cut = end
            file.write(rows[cut:].data)
            done = upto
        file.writelines(map(record, waiting[done:]))


def settle() -> None:
    """Turn the markers' checks on, and those off that fire on the background."""
    from checks.models import CheckSetting, sync_settings

    sync_settings()
    for key, values in (
        ("unexpected_dns", {"items": ["198.18.0.0/15", "2001:db8::/32"]}),
        ("flow_flood", {"threshold": THRESHOLD}),
    ):
        CheckSetting.objects.get(key=key).change(by=None, is_enabled=True, parameters=values)
    CheckSetting.objects.filter(key__in=QUIET).update(is_enabled=False)


def shift_of(found: list[Marker]) -> float:
    """Return by how many seconds the agent moved the capture's times."""
    from alerts.models import Alert

    first = next(one for one in found if one.kind == "flow")
    alert = Alert.objects.get(check_key="unexpected_dns", client=first.client)
    return float(alert.first_seen.timestamp()) - first.time


def agent_token() -> str:
    """Return the token of a new agent."""
    from monitoring.models import Agent

    made = Agent(name="latency")
    token = made.renew_token()
    made.save()
    return token


def agent(server: Platform, path: Path, token: str) -> subprocess.Popen[bytes]:
    """Start the agent that replays the capture at its own pace."""
    command = [sys.executable, "-m", "capture_agent", "pcap", str(path), "--speed", "1"]
    where = ["--url", server.options.ingest_url, "--name", "latency", "--spool", f"{path}.spool"]
    return subprocess.Popen(
        [*command, *where], cwd=ROOT, env=os.environ | {"NTOPWEB_AGENT_TOKEN": token}
    )


async def follow(server: Platform, cookie: str, path: Path, token: str) -> Heard:
    """Follow while the agent replays, and for ten seconds after."""
    heard = Heard()
    async with live(server.options.url, cookie) as socket:
        following = asyncio.create_task(heard.follow(socket))
        process = agent(server, path, token)
        code = await asyncio.to_thread(process.wait)
        if code:
            raise RuntimeError(f"the agent ended with {code}")
        await asyncio.sleep(10)
        following.cancel()
    return heard


def latencies(found: list[Marker], heard: Heard, shift: float) -> dict[str, list[float]]:
    """Return the seconds of every marker that was heard of, by kind."""
    wanted = {"flow": "unexpected_dns", "host": "flow_flood"}
    told: dict[tuple[str, str], float] = {}
    for event in heard.events:
        if event["kind"] == "engaged":
            client = _client_of(event["alert"]["entity"])
            told.setdefault((event["alert"]["check"], client), heard.at[event["id"]])
    seconds: dict[str, list[float]] = {kind: [] for kind in wanted}
    for one in found:
        if (at := told.get((wanted[one.kind], one.client))) is not None:
            seconds[one.kind].append(at - one.time - shift)
    return seconds


def _client_of(entity: str) -> str:
    """Return the client's address of an alert's entity, as "[fd99::1]:53 → …" has it."""
    side = entity.partition(" ")[0]
    if side.startswith("["):
        return side[1:].partition("]")[0]
    return side if side.count(":") > 1 else side.partition(":")[0]


def report(found: list[Marker], seconds: dict[str, list[float]], heard: Heard) -> bool:
    """Print what was measured; return whether all came in time."""
    good = True
    for kind, values in seconds.items():
        asked = sum(one.kind == kind for one in found)
        p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
        print(
            f"{kind} check  p50 {p50:.2f} s  p95 {p95:.2f} s  max {max(values, default=0):.2f} s"
            f"  (target p95 ≤ {TARGETS[kind]:.0f} s)  told of {len(values)} of {asked}"
        )
        good &= len(values) == asked and p95 <= TARGETS[kind]
    checks = Counter(event["alert"]["check"] for event in heard.events)
    print(f"messages    {heard.messages}, {heard.incomplete} of them incomplete")
    print(f"events      {dict(checks)}")
    return good


def cpu(server: Platform) -> Iterator[str]:
    """Yield what each process used."""
    for name in ("ingest", "lifecycle", "web", "postgres"):
        yield f"{name} {server.cpu_seconds(name):.1f}"


def main() -> int:
    """Measure and print; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5_000, help="new flows a second")
    parser.add_argument("--seconds", type=int, default=40)
    options = parser.parse_args()
    found = markers(options.seconds - LEAD - TAIL, flows=6, hosts=2)
    plan = Plan(flows=options.rate * options.seconds, seconds=options.seconds, packets_per_flow=9)
    with TemporaryDirectory(prefix="ntopweb-latency-") as folder:
        path = Path(folder, "latency.pcap")
        write(path, plan, found)
        with platform("ingest", "lifecycle", "web") as server:
            seconds, heard = measure(server, path, found)
            print(f"CPU seconds {', '.join(cpu(server))}; load {os.getloadavg()[0]:.1f}")
    return 0 if report(found, seconds, heard) else 1


def measure(
    server: Platform, path: Path, found: list[Marker]
) -> tuple[dict[str, list[float]], Heard]:
    """Replay and follow; return latencies by kind and all that was heard."""
    settle()
    cookie, token = session_cookie(), agent_token()
    time.sleep(3)  # until every process has the settings
    heard: Any = asyncio.run(follow(server, cookie, path, token))
    return latencies(found, heard, shift_of(found)), heard


if __name__ == "__main__":
    raise SystemExit(main())
