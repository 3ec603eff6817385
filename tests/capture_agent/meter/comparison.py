"""The meter's flows beside NFStreamer's, flow for flow; also a command that tells the numbers.

``python -m tests.capture_agent.meter.comparison [FILE or FOLDER…]`` compares captures, those of
``../shared/pcaps`` if none are given; its exit code is 1 when flows differ.

Compared are, per flow: both ends with packets and bytes each way, protocol, VLAN, tunnel, first and
last packet's time, application, category, nDPI's confidence and the server's name. What differs by
intent is listed in ``docs/architecture.md`` and is levelled here: NFStreamer is asked for bytes at
L3, and ends are sorted, since its source is the first packet's sender and ours the client.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capture_agent import engine, schema
from capture_agent.sources.ndpi import PcapSource
from tests.capture_agent.traffic import Seen

#: Real captures, in a folder beside the repository on the machines that have it.
PCAPS = Path(__file__).parents[4] / "shared" / "pcaps"
_ORACLE = Path(__file__).with_name("nfstreamer.py")
_TUNNELS = schema.TUNNEL.categories.to_list()
_CONFIDENCE = 9  # where a flow has nDPI's confidence

Flow = list[Any]


@dataclass(frozen=True)
class Comparison:
    """One capture by both: flows as JSON with their number, and the packets that we refused."""

    name: str
    theirs: Counter[str]
    ours: Counter[str]
    refused: int

    @property
    def equal(self) -> int:
        """How many flows are the same."""
        return (self.theirs & self.ours).total()

    @property
    def differences(self) -> tuple[list[str], list[str]]:
        """Flows of theirs that we have not, and ours that they have not."""
        missing, extra = self.theirs - self.ours, self.ours - self.theirs
        return list(missing.elements()), list(extra.elements())

    @property
    def packets(self) -> int:
        """Packets in our flows."""
        return sum(end[2] for flow in self.ours.elements() for end in json.loads(flow)[:2])


def compare(paths: Sequence[Path]) -> list[Comparison]:
    """Return the comparison of each capture."""
    told = theirs(paths)
    return [_compare(path, told[str(path)]) for path in paths]


def _compare(path: Path, expected: list[Flow]) -> Comparison:
    seen = Seen(PcapSource([path], interface="x", keep_time=True))
    both = [Counter(map(json.dumps, rows)) for rows in (expected, flows_of(seen))]
    return Comparison(path.name, *both, seen.counters["refused"])


def theirs(paths: Sequence[Path]) -> dict[str, list[Flow]]:
    """Return NFStreamer's flows by path; raises RuntimeError with its last words."""
    flows: dict[str, list[Flow]] = json.loads(_run_oracle(paths))
    for rows in flows.values():
        for row in rows:
            row[_CONFIDENCE] = engine.confidence(row[_CONFIDENCE])
    return flows


def _run_oracle(paths: Sequence[Path]) -> str:
    done = subprocess.run([sys.executable, _ORACLE, *paths], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"NFStreamer ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def flows_of(seen: Seen) -> list[Flow]:
    """Return the meter's flows in the oracle's form."""
    return [_as_told(row) for row in seen.flows()]


def _as_told(row: dict[str, Any]) -> Flow:
    def end(role: str, way: str) -> list[int]:
        address = int(schema.unpack(row[f"{role}_high"], row[f"{role}_low"]))
        return [address, row[f"{role}_port"], row[f"packets_{way}"], row[f"bytes_{way}"]]

    ends = sorted([end("client", "to_server"), end("server", "to_client")], key=lambda e: e[:2])
    times = [int(row[f"{which}_seen"].timestamp() * 1000 + 1e-6) for which in ("first", "last")]
    names = [row["application"], row["category"], row["confidence"], row["server_name"] or ""]
    return [*ends, row["l4"], row["vlan"], _TUNNELS.index(row["tunnel"]), *times, *names]


def captures_in(places: Sequence[Path]) -> list[Path]:
    """Return the captures among files and, not deeper, in folders."""
    return [path for place in places for path in _captures(place)]


def _captures(place: Path) -> list[Path]:
    return sorted(place.glob("*.pcap*")) if place.is_dir() else [place]


def main() -> int:
    """Print a line per capture and the sums; return the exit code."""
    parser = argparse.ArgumentParser(description="The meter's flows beside NFStreamer's.")
    parser.add_argument("places", nargs="*", type=Path, default=[PCAPS], metavar="FILE")
    places = parser.parse_args().places
    if missing := [place for place in places if not place.exists()]:
        parser.error(f"{missing[0]}: no such file or folder")
    found = compare(captures_in(places))
    for one in found:
        _print(one)
    equal, flows = sum(one.equal for one in found), sum(one.theirs.total() for one in found)
    packets, refused = sum(one.packets for one in found), sum(one.refused for one in found)
    extra = sum(len(one.differences[1]) for one in found)
    print(
        f"{len(found)} captures, {packets} packets in {flows} flows of NFStreamer's: {equal} "
        f"equal, {flows - equal} missing, {extra} extra; {refused} packets refused"
    )
    return 0 if equal == flows and not extra else 1


def _print(one: Comparison) -> None:
    missing, extra = one.differences
    print(
        f"{one.name}: {one.packets} packets, {one.refused} refused, {one.theirs.total()} flows, "
        f"{one.equal} equal"
    )
    for text, flows in (("NFStreamer's", missing), ("ours", extra)):
        for flow in flows:
            print(f"    {text} {flow}")


if __name__ == "__main__":
    sys.exit(main())
