from collections import Counter
from pathlib import Path

import pytest

from tests.traffic import many_flows, reading, spoofed_flood
from tests.traffic.many_flows import Plan
from tests.traffic.spoofed_flood import Flood

SMALL = Plan(flows=1_000, clients=50, servers=300, block=256, seconds=5)


def test_a_capture_has_as_many_flows_as_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "many.pcap"
    count = many_flows.write(path, SMALL)
    flows = reading.nfstream_flows(path)
    assert len(flows) == SMALL.flows
    assert sum(flow.packets for flow in flows) == count


@pytest.mark.parametrize("version", [4, 6])
def test_each_family_has_every_protocol(tmp_path: Path, version: int) -> None:
    path = tmp_path / "many.pcap"
    many_flows.write(path, SMALL)
    of_family = [f for f in reading.nfstream_flows(path) if (":" in f.client) == (version == 6)]
    named = Counter(flow.application.split(".")[0] for flow in of_family)
    assert set(named) == {"TLS", "HTTP", "DNS"}
    assert named["TLS"] > named["DNS"] > 0


def test_time_never_goes_back_and_checksums_are_right(tmp_path: Path) -> None:
    path = tmp_path / "many.pcap"
    many_flows.write(path, SMALL)
    times = [time for time, _ in reading.frames(path)]
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(SMALL.seconds, rel=0.1)
    assert reading.checksum_faults(path) == []


def test_the_same_seed_gives_the_same_file_and_another_does_not(tmp_path: Path) -> None:
    files = [tmp_path / name for name in "abc"]
    for path, seed in zip(files, (1, 1, 2), strict=True):
        many_flows.write(path, Plan(flows=300, block=64, seed=seed))
    one, same, other = (path.read_bytes() for path in files)
    assert one == same != other


@pytest.mark.parametrize("family", [4, 6])
def test_every_packet_of_a_spoofed_flood_has_another_source(tmp_path: Path, family: int) -> None:
    path = tmp_path / "flood.pcap"
    spoofed_flood.write(path, Flood(sources=5_000, seconds=2, family=family))
    seen = [ip for _, ip in reading.packets(path)]
    assert len({ip.src for ip in seen}) == len(seen) == 5_000
    assert len({ip.dst for ip in seen}) == 1
    assert reading.checksum_faults(path) == []


def test_a_flood_of_no_sources_is_refused() -> None:
    with pytest.raises(ValueError, match="sources: 0"):
        list(spoofed_flood.blocks(Flood(sources=0)))
