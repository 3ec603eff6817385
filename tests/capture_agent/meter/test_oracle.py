"""Flow for flow the meter says what NFStreamer says, on captures made here and on real ones.

The real ones are in a folder beside the repository on the machines that have it. Compared are, per
flow: both ends with packets and bytes each way, protocol, VLAN, tunnel, first and last packet's
time, application, category, nDPI's confidence and the server's name.

Allowed differences: that of :data:`DECODED`, and NFStreamer's order of the ends, which is the first
packet's sender first, while ours is the client (see ``meter.direction``); ends are sorted here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from capture_agent import engine, schema
from capture_agent.sources.ndpi import PcapSource
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

ORACLE = Path(__file__).with_name("nfstreamer.py")
PCAPS = Path(__file__).parents[4] / "shared" / "pcaps"
TUNNELS = schema.TUNNEL.categories.to_list()
#: Captures of which the meter decodes more than NFStreamer: what is inside their tunnels.
DECODED: frozenset[str] = frozenset()

Flow = list[Any]


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
    return [many, *ours, *sorted(PCAPS.glob("*.pcap*"))]


def theirs(paths: list[Path]) -> dict[str, list[Flow]]:
    """Return NFStreamer's flows by path."""
    answer = subprocess.check_output([sys.executable, ORACLE, *paths], stderr=subprocess.DEVNULL)
    flows: dict[str, list[Flow]] = json.loads(answer)
    for rows in flows.values():
        for row in rows:
            row[9] = engine.confidence(row[9])
    return flows


def ours(path: Path) -> list[Flow]:
    """Return the meter's flows in the oracle's form."""
    return [as_told(row) for row in Seen(PcapSource([path], interface="x", keep_time=True)).flows()]


def as_told(row: dict[str, Any]) -> Flow:
    def end(role: str, way: str) -> list[int]:
        address = int(schema.unpack(row[f"{role}_high"], row[f"{role}_low"]))
        return [address, row[f"{role}_port"], row[f"packets_{way}"], row[f"bytes_{way}"]]

    ends = sorted([end("client", "to_server"), end("server", "to_client")], key=lambda e: e[:2])
    times = [int(row[f"{which}_seen"].timestamp() * 1000 + 1e-6) for which in ("first", "last")]
    names = [row["application"], row["category"], row["confidence"], row["server_name"] or ""]
    return [*ends, row["l4"], row["vlan"], TUNNELS.index(row["tunnel"]), *times, *names]


def test_every_flow_is_as_nfstreamer_has_it(captures: list[Path]) -> None:
    told = theirs(captures)
    differences = []
    for path in captures:
        if path.name in DECODED:
            continue
        expected, got = (Counter(map(json.dumps, rows)) for rows in (told[str(path)], ours(path)))
        missing, extra = list((expected - got).elements()), list((got - expected).elements())
        if missing or extra:
            differences.append(f"{path.name}: NFStreamer's {missing[:2]}, ours {extra[:2]}")
    assert differences == []


def test_the_captures_hold_what_they_are_compared_for(captures: list[Path]) -> None:
    """Among ours are flows cut by silence, more than one application, both families."""
    rows = [row for path in captures[:3] for row in ours(path)]
    assert {"TLS", "HTTP", "DNS"} <= {row[7].split(".")[0] for row in rows}
    keys = Counter(json.dumps([row[0][:2], row[1][:2]]) for row in ours(captures[1]))
    assert max(keys.values()) == 2
