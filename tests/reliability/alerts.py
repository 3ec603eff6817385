"""No alert is lost or counted twice: ``python -m tests.reliability.alerts [--flows N] [--seed S]``.

Flows that break checks, with ``kill -9`` of ingest, lifecycle worker, web, Valkey and PostgreSQL at
random moments (of the seed): every alert is there once, with the right number of flows, and those
engaged are engaged after a restart of everything. Ends with 1 if anything does not agree.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import django

from tests.house.running import wait_until
from tests.reliability import breaking
from tests.reliability.platform import PATIENCE, Platform, running, the_replay

#: What is killed, each at a moment of its own.
PARTS = ("ingest", "ingest", "lifecycle", "lifecycle", "web", "valkey", "postgres", "postgres")

Kills = list[tuple[float, str]]
#: The number of flows of each alert, by check and identity.
Expected = dict[tuple[str, str], int]
#: A check's key, an identity, the number of flows, the state.
Row = tuple[str, str, int, str]


def moments(seed: int, parts: tuple[str, ...] = PARTS) -> Kills:
    """Return when to kill what, as shares of the work done."""
    random = Random(seed)
    return sorted((random.uniform(0.02, 0.98), part) for part in parts)


def run(folder: Path, capture: Path, kills: Kills) -> list[str]:
    """Replay the capture into a new platform, killing on the way; return what does not agree."""
    from tests.reliability import expectation  # once Django is set up

    data = folder / "data"
    with running(data, "--pcap", str(capture)) as platform:
        platform.wait_for_database()
        replay = wait_until(lambda: the_replay(platform.data), "the replay begins")
        expected = expectation.expected(capture, replay)
        flows = expectation.rows_of_flows(capture, replay)
        platform.kill_along(kills, lambda: done(platform, flows, expected))
        wait_until(lambda: platform.state("agent-pcap") == "done", "the replay's end", PATIENCE)
        wait_until(lambda: waiting(platform) == 0, "findings are folded", PATIENCE)
        found = alerts(platform)
        print(describe(found, expected, platform.killed), flush=True)
        wrong = differences(found, expected)
        wait_until(platform.up.is_green, f"green again; {platform.up.text[-3000:]}", PATIENCE)
        os.kill(platform.up.process.pid, signal.SIGKILL)
        platform.up.wait_for_end()
    with running(data) as again:
        wait_until(again.up.is_green, f"green; {again.up.text[-3000:]}", PATIENCE)
        wrong += ["after the restart: " + text for text in survival(found, alerts(again))]
    return wrong


def done(platform: Platform, flows: int, expected: Expected) -> float:
    """Return which share of the work is done: half for the flows, half for their alerts."""
    stored = platform.value("SELECT sum(stored) FROM monitoring_ledgerline WHERE frame = 'flow'")
    counted = platform.value("SELECT sum(count) FROM alerts_alert WHERE frame = 'flow'")
    return stored / flows / 2 + counted / sum(expected.values()) / 2


def waiting(platform: Platform) -> int:
    """Return how many findings wait, or could not be folded."""
    return platform.value("SELECT count(*) FROM alerts_finding")


def alerts(platform: Platform) -> list[Row]:
    """Return the alerts of flows."""
    query = "SELECT \"check\", identity, count, state FROM alerts_alert WHERE frame = 'flow'"
    return [(row[0], row[1], int(row[2]), row[3]) for row in platform.rows(query)]


def differences(found: list[Row], expected: Expected) -> list[str]:
    """Return what does not agree, in words; the first few of each kind."""
    there = Counter(row[:2] for row in found)
    counts = {row[:2]: row[2] for row in found}
    said = {
        "missing": [key for key in expected if key not in there],
        "more than once": [key for key, times in there.items() if times > 1],
        "not expected": [key for key in there if key not in expected],
        "of another number of flows": [
            (*key, counts[key], expected[key])
            for key in expected
            if key in counts and counts[key] != expected[key]
        ],
    }
    return [f"{len(which):,} {what}: {which[:3]}" for what, which in said.items() if which]


def survival(before: list[Row], after: list[Row]) -> list[str]:
    """Return which engaged alerts are gone or changed, in words."""
    gone = {row for row in before if row[3] == "engaged"} - set(after)
    return [f"{len(gone):,} engaged alerts are gone or changed"] if gone else []


def describe(found: list[Row], expected: Expected, killed: list[str]) -> str:
    """Return what was found in one line."""
    flows, due = sum(row[2] for row in found), sum(expected.values())
    checks = len({check for check, _ in expected})
    return (
        f"killed: {', '.join(killed)}; {len(found):,} alerts of {len(expected):,} expected "
        f"({checks} checks), {flows:,} flows counted of {due:,} expected"
    )


def main() -> int:
    """Run once; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")
    django.setup()
    with tempfile.TemporaryDirectory(prefix="ntopweb-alerts-", dir="/tmp") as name:
        capture = Path(name) / "breaking.pcap"
        breaking.write(capture, options.flows)
        kills = moments(options.seed)
        print(json.dumps([[round(moment, 3), part] for moment, part in kills]), flush=True)
        wrong = run(Path(name), capture, kills)
    print("\n".join(wrong) or "every alert is there once, with its flows, and survives a restart")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
