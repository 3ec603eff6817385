"""``dissect`` prints one flow's packets as a tree, and says what is wrong in one line."""

from pathlib import Path

import pytest

from capture_agent.commands import DONE, SOURCE, main
from capture_agent.dissect import Flow

from .captures import all_frames, tcp_conversation, write

FLOWS = {
    4: "10.0.0.5:40000-198.51.100.7:8004/tcp",
    6: "[fd00::5]:40000-[2001:db8::7]:8006/tcp",
}


@pytest.mark.parametrize(
    ("text", "ports", "l4"),
    [
        ("10.0.0.1:40000-10.0.0.2:443/tcp", (40000, 443), 6),
        ("[fd00::1]:40000-[fd00::2]:53/UDP", (40000, 53), 17),
        ("[::1]:0-[::2]:0/icmp6", (0, 0), 58),
        ("10.0.0.1:0-10.0.0.2:0/89", (0, 0), 89),
        ("10.0.0.1:65535-10.0.0.2:1/sctp", (65535, 1), 132),
    ],
)
def test_a_flow_is_read(text: str, ports: tuple[int, int], l4: int) -> None:
    flow = Flow.parse(text)
    assert ((flow.client_port, flow.server_port), flow.l4) == (ports, l4)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not like"),
        ("10.0.0.1-10.0.0.2/tcp", "is not like"),
        ("fd00::1:80-fd00::2:80/tcp", "is not like"),
        ("10.0.0.1:80-[fd00::2]:80/tcp", "one end is IPv4"),
        ("10.0.0.1:65536-10.0.0.2:80/tcp", "port 65536 is over 65535"),
        ("10.0.0.256:1-10.0.0.2:80/tcp", "does not appear to be"),
        ("10.0.0.1:1-10.0.0.2:80/tpc", "protocol 'tpc' is none of"),
        ("10.0.0.1:1-10.0.0.2:80/256", "no number to 255"),
    ],
)
def test_what_is_no_flow_is_named(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Flow.parse(text)


def test_without_tshark_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "capture.pcap", all_frames())
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["dissect", str(path), "--flow", FLOWS[4]]) == SOURCE
    assert "apt-get install tshark" in capsys.readouterr().err


@pytest.mark.tshark
@pytest.mark.parametrize("version", [4, 6])
def test_it_prints_the_flows_packets_only(
    tmp_path: Path, version: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "capture.pcap", all_frames())
    assert main(["dissect", str(path), "--flow", FLOWS[version]]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("packet ") for line in lines) == len(tcp_conversation(version, 1))
    assert {line for line in lines if line.startswith("  ") and line[2] != " "} >= {
        "  ETH",
        "  TCP",
    }
    assert f"    Destination Port: 800{version}" in lines
    assert not any("53" in line for line in lines if "Port:" in line)


@pytest.mark.tshark
def test_it_ends_after_so_many_packets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "capture.pcap", all_frames())
    assert main(["dissect", str(path), "--flow", FLOWS[4], "--packets", "2"]) == DONE
    assert capsys.readouterr().out.count("packet ") == 2


@pytest.mark.tshark
@pytest.mark.parametrize(
    ("content", "line"), [(None, "has no packets of the flow"), (b"#!/bin/sh\n" * 9, "cannot read")]
)
def test_errors_are_one_line(
    tmp_path: Path, content: bytes | None, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "capture.pcap", all_frames())
    if content is not None:
        path.write_bytes(content)
    assert main(["dissect", str(path), "--flow", "10.0.0.9:1-10.0.0.8:2/tcp"]) == SOURCE
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1
