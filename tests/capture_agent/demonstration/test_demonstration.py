from collections import Counter
from pathlib import Path

import dpkt
import pytest

from capture_agent import demonstration
from capture_agent.demonstration.capture import save
from capture_agent.demonstration.cast import MACHINES
from capture_agent.demonstration.misbehaviour import KINDS
from tests.traffic import reading
from tests.traffic.packets import START

SHORT = {"start": START, "minutes": 2.5}


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demonstration") / "demonstration.pcap"
    demonstration.write(path, **SHORT)
    return path


@pytest.fixture(scope="module")
def flows(capture: Path) -> list[reading.Flow]:
    return reading.nfstream_flows(capture)


def test_the_same_seed_gives_the_same_packets_and_another_does_not() -> None:
    one, same = (demonstration.packets(**SHORT) for _ in range(2))
    assert one == same
    assert one != demonstration.packets(**SHORT, seed=7)


def test_the_whole_length_stays_within_25_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "whole.pcap"
    demonstration.write(path, start=START)
    assert path.stat().st_size < 25_000_000
    times = [time for time, _ in reading.frames(path)]
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(60 * demonstration.MINUTES, abs=15)


def test_a_demonstration_too_short_for_its_misbehaviour_is_refused() -> None:
    with pytest.raises(ValueError, match=r"minutes: 1 is less than 2\.5"):
        demonstration.packets(START, minutes=1)


def test_every_packet_is_readable_and_has_right_checksums(tmp_path: Path) -> None:
    path = tmp_path / "whole-packets.pcap"
    save(path, [packet for packet in demonstration.packets(**SHORT) if packet.length == 0])
    assert reading.checksum_faults(path) == []
    assert all(isinstance(ip, (dpkt.ip.IP, dpkt.ip6.IP6)) for _, ip in reading.packets(path))


def test_every_machine_takes_part(capture: Path) -> None:
    seen = {bytes(ip.src) for _, ip in reading.packets(capture)}
    silent = [m.name for m in MACHINES.values() if not {m.v4.packed, m.v6.packed} & seen]
    assert silent == []
    assert len(MACHINES) >= 30


@pytest.mark.parametrize("version", [4, 6])
def test_both_families_carry_the_web_and_names(flows: list[reading.Flow], version: int) -> None:
    named = Counter(
        flow.application.split(".")[0] for flow in flows if (":" in flow.client) == (version == 6)
    )
    assert named["TLS"] > 5
    assert named["DNS"] > 5


@pytest.mark.parametrize(
    "application",
    [
        "DHCP", "DNS", "HTTP", "HTTP.IPP", "ICMP", "ICMPV6", "IMAPS", "LLMNR", "MDNS", "MQTT",
        "Modbus", "NTP", "PostgreSQL", "RTP", "RTSP", "SIP", "SMTPS", "SNMP", "SSDP", "SSH",
        "Syslog", "TLS.Github", "TLS.NetFlix", "TLS.Wikipedia", "TLS.YouTube",
        "FTP_CONTROL", "Mining", "SMTP", "TLS.AnyDesk", "TLS.RDP", "Telnet", "VNC",
    ],
)  # fmt: skip
def test_ndpi_recognises(flows: list[reading.Flow], application: str) -> None:
    assert application in {flow.application for flow in flows}


def test_kinds_fall_into_the_first_two_minutes_under_titles_of_their_own() -> None:
    assert len(KINDS) >= 12
    assert len({kind.title for kind in KINDS}) == len(KINDS)
    assert max(kind.at for kind in KINDS) < 100
