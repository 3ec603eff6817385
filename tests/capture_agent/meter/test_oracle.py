"""Flow for flow the meter says what NFStreamer says, on captures made here and on real ones.

The real ones are in a folder beside the repository on the machines that have it. What is compared,
and the two differences by intent, are in :mod:`tests.capture_agent.meter.comparison`.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from capture_agent.sources.ndpi import PcapSource
from tests.capture_agent.meter.comparison import PCAPS, captures_in, compare, flows_of
from tests.capture_agent.traffic import (
    FAMILIES,
    PLAIN,
    Seen,
    Timed,
    handshake,
    peer,
    tcp,
    udp,
    write,
)
from tests.traffic.many_flows import Plan
from tests.traffic.many_flows import write as write_many


def conversations(family: int) -> list[Timed]:
    """Return flows that end, that are cut by silence, that answer, retransmit, or hold no SYN."""
    web: dict[str, Any] = {"ports": (40_001, 80)}
    request = b"GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: a\r\n\r\n"
    return [
        *handshake(family, **web),
        tcp(family, 0.05, "PA", 101, request, **web),
        tcp(family, 0.06, "PA", 101, request, **web),  # a retransmission
        tcp(family, 0.07, "PA", 501, b"HTTP/1.1 200 OK\r\n\r\n", back=True, **web),
        tcp(family, 0.08, "FA", 101 + len(request), **web),
        tcp(family, 0.09, "R", 520, back=True, **web),
        tcp(family, 1.0, "PA", 9_000, PLAIN, back=True, ports=(40_002, 443)),
        *(
            udp(family, 2 + n / 100, PLAIN, ends=(peer(family, n), peer(family, 9)))
            for n in range(5)
        ),
        *(udp(family, 3 + n, PLAIN, back=n % 2 == 1) for n in range(30)),  # past 20 dissections
        udp(family, 119.9 + 32, PLAIN),  # within the time-out
        udp(family, 300.0, PLAIN),  # beyond: another flow
    ]


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the captures to compare: our own, and the real ones that are there."""
    folder = tmp_path_factory.mktemp("oracle")
    many = folder / "many.pcap"
    write_many(many, Plan(flows=600, packets_per_flow=12))
    ours = [write(folder / f"ipv{n}.pcap", conversations(n)) for n in FAMILIES]
    return [many, *ours, *captures_in([PCAPS] if PCAPS.is_dir() else [])]


def test_every_flow_is_as_nfstreamer_has_it(captures: list[Path]) -> None:
    differing = [one for one in compare(captures) if one.theirs != one.ours]
    told = [f"{one.name}: NFStreamer's and ours {one.differences}" for one in differing]
    assert told == []


def test_the_captures_hold_what_they_are_compared_for(captures: list[Path]) -> None:
    """Among ours are flows cut by silence, more than one application, both families."""
    by_capture = [flows_of(seen(path)) for path in captures[:3]]
    rows = [row for rows in by_capture for row in rows]
    assert {"TLS", "HTTP", "DNS"} <= {row[7].split(".")[0] for row in rows}
    keys = Counter(json.dumps([row[0][:2], row[1][:2]]) for row in by_capture[1])
    assert max(keys.values()) == 2


def seen(path: Path) -> Seen:
    return Seen(PcapSource([path], interface="x", keep_time=True))
