"""The ledger on a capture of many flows: ``python -m tests.reliability.ledger [--flows N]``.

What the agent made is what is stored or refused, and what came twice is counted as repeated; the
same with ingest killed twice, PostgreSQL once and the agent once in the middle. Prints a line per
run and what does not agree; ends with 1 if anything does not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from capture_agent import unfinished
from capture_agent.l2.beside import Beside, FileSide
from capture_agent.sources.ndpi import PcapSource
from tests.house.running import wait_until
from tests.reliability.platform import PATIENCE, Platform, running, the_replay
from tests.traffic import many_flows

#: What is killed, and at which share of the flows stored.
KILLS = ((0.15, "ingest"), (0.3, "postgres"), (0.45, "agent-pcap"), (0.7, "ingest"))

_SPOOL = "agent-pcap"


@dataclass(frozen=True)
class Made:
    """What an agent makes of the capture that nobody kills: rows by frame, the flows' rows."""

    rows: dict[str, int]
    kept: int  # rows of flows that are over or an interval further: the table ``flow``
    flows: int
    bytes: int


@dataclass(frozen=True)
class Account:
    """What the platform has: the ledger's sums, and what the tables hold."""

    rows: dict[str, int]
    stored: int
    refused: int
    repeated_batches: int
    repeated_rows: int
    kept: int
    distinct: int
    flows: int
    summed_flows: int
    summed_bytes: int
    live: int


def write_capture(path: Path, flows: int) -> None:
    """Write a capture of so many flows of ten packets, IPv4 and IPv6, at 3,500 flows/s."""
    many_flows.write(path, many_flows.Plan(flows=flows, seconds=max(5.0, flows / 3_500)))


def made(capture: Path, replay: unfinished.Replay, speed: float | None) -> Made:
    """Return what the replay makes, read without a platform and without a pause."""
    source = PcapSource(
        [capture],
        interface=capture.name,
        speed=speed,
        clock=lambda: 1e12,
        wanted=set(replay.wanted),
        begun=replay.begun,
        identity=replay.identity,
    )
    rows: dict[str, int] = {}
    kept = flows = size = 0
    for part in Beside(source, FileSide(source), capture.name, "pcap").emissions():
        if part is None:
            continue
        rows[part.frame] = rows.get(part.frame, 0) + part.table.height
        if part.frame == "flow":
            kept += int(part.table["event"].is_in(["update", "end"]).sum())
            flows += int((part.table["event"] == "end").sum())
            deltas = part.table.select(pl.col("^bytes_to_.*_delta$").sum())
            size += sum(deltas.row(0))
    return Made(rows, kept, flows, size)


def account(platform: Platform) -> Account:
    """Return what the platform has."""
    by_frame = platform.rows(
        "SELECT frame, sum(rows), sum(stored), sum(refused), sum(repeated), sum(rows * repeated)"
        " FROM monitoring_ledgerline GROUP BY frame"
    )
    columns = [sum(int(row[place]) for row in by_frame) for place in range(2, 6)]
    return Account(
        {str(row[0]): int(row[1]) for row in by_frame},
        *columns,
        platform.value("SELECT count(*) FROM flow"),
        platform.value("SELECT count(*) FROM (SELECT DISTINCT flow_id, event, time FROM flow) f"),
        platform.value("SELECT count(DISTINCT flow_id) FROM flow WHERE event = 3"),
        platform.value("SELECT sum(flows) FROM traffic_1m WHERE dimension = 'l4'"),
        platform.value(
            "SELECT sum(bytes_sent + bytes_received) FROM traffic_1m WHERE dimension = 'l4'"
        ),
        platform.value("SELECT count(*) FROM flow_live"),
    )


def differences(made: Made, found: Account) -> list[str]:
    """Return what does not agree, in words."""
    total = sum(made.rows.values())
    pairs = {
        "rows by frame": (made.rows, found.rows),
        "rows made and stored or refused": (total, found.stored + found.refused),
        "rows of flows": (made.kept, found.kept),
        "rows of flows that are there once": (found.kept, found.distinct),
        "flows": (made.flows, found.flows),
        "flows in the sums": (made.flows, found.summed_flows),
        "bytes in the sums": (made.bytes, found.summed_bytes),
        "flows that are still live": (0, found.live),
    }
    return [f"{what}: {one}, not {other}" for what, (one, other) in pairs.items() if one != other]


def run(
    folder: Path, capture: Path, kills: Sequence[tuple[float, str]], speed: float | None = None
) -> list[str]:
    """Replay the capture into a new platform, killing on the way; return what does not agree.

    ``speed`` is a multiple of real time, None as fast as possible.
    """
    pace = () if speed is None else ("--speed", str(speed))
    with running(folder / "data", "--pcap", str(capture), *pace) as platform:
        platform.wait_for_database()
        replay = wait_until(lambda: the_replay(platform.data), "the replay begins")
        expected = made(capture, replay, speed)
        stored = "SELECT sum(stored) FROM monitoring_ledgerline WHERE frame = 'flow'"
        share = 1.0 / expected.rows["flow"]
        platform.kill_along(kills, lambda: platform.value(stored) * share)
        wait_until(lambda: platform.state(_SPOOL) == "done", "the replay's end", PATIENCE)
        wait_until(
            lambda: not platform.value("SELECT count(*) FROM traffic_part"), "sums", PATIENCE
        )
        found = account(platform)
    print(describe(expected, found, platform.killed), flush=True)
    return differences(expected, found)


def describe(made: Made, found: Account, killed: list[str]) -> str:
    """Return the account in one line."""
    return (
        f"killed: {', '.join(killed) or 'nothing'}; {made.flows:,} flows, "
        f"{sum(made.rows.values()):,} rows made = {found.stored:,} stored + {found.refused:,} "
        f"refused; {found.repeated_rows:,} rows in {found.repeated_batches} batches came again; "
        f"{found.kept:,} rows of flows, {found.distinct:,} of them different"
    )


def main() -> int:
    """Run undisturbed and disturbed; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=200_000)
    flows = parser.parse_args().flows
    wrong = []
    with tempfile.TemporaryDirectory(prefix="ntopweb-ledger-", dir="/tmp") as name:
        capture = Path(name) / "many.pcap"
        write_capture(capture, flows)
        for title, kills in (("undisturbed", ()), ("disturbed", KILLS)):
            folder = Path(name) / title
            folder.mkdir()
            wrong += [f"{title}: {text}" for text in run(folder, capture, kills)]
    print("\n".join(wrong) or "every count agrees, no row is there twice")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
