"""tshark's findings are laid over the meter's flow rows, by flow and by time."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from capture_agent import tshark
from capture_agent.emission import Emission
from capture_agent.sources.ndpi import PcapSource
from capture_agent.sources.pyshark import Dissected, FileFacts, overlay
from tests.capture_agent.captures import all_frames, write
from tests.capture_agent.rows import NOON, flows

ENDS = {4: ("192.168.1.10", "198.51.100.7"), 6: ("fd00::10", "2001:db8::7")}


def line(version: int, seconds: float = 0.0, back: bool = False, **fields: Any) -> bytes:
    """Return a line of tshark for the flow of that version in ``rows.flows``."""
    source, target = reversed(ENDS[version]) if back else ENDS[version]
    six = "6" if version == 6 else ""
    values = dict.fromkeys(tshark.FIELDS, "") | {"time": f"{NOON.timestamp() + seconds:.9f}"}
    values |= {f"source{six}": source, f"target{six}": target, "protocols": "eth:ip:tcp:gopher"}
    values |= {"tcp_source": "443" if back else "40000", "tcp_target": "40000" if back else "443"}
    return "\t".join(str(value) for value in (values | fields).values()).encode() + b"\n"


def completed(version: int, *lines: bytes, **columns: Any) -> dict[str, Any]:
    table = overlay(flows(2, **columns), tshark.facts(b"".join(lines)))
    assert table.schema == flows(1).schema
    return table.row(0 if version == 4 else 1, named=True)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize(
    ("known", "application", "confidence"),
    [("Unknown", "GOPHER", "tshark"), ("TLS.Google", "TLS.Google", "DPI")],
)
def test_it_names_what_ndpi_does_not_know(
    version: int, back: bool, known: str, application: str, confidence: str
) -> None:
    row = completed(version, line(version, back=back), application=known, confidence="DPI")
    assert (row["application"], row["confidence"]) == (application, confidence)


@pytest.mark.parametrize("version", [4, 6])
def test_it_fills_empty_metadata_only(version: int) -> None:
    told = line(version, tls_sni="a.example", http_status="404", dns_query_type="x")
    row = completed(version, told, server_name="b.example")
    assert (row["server_name"], row["http_status"]) == ("b.example", 404)
    assert row["dns_query_type"] is None
    assert completed(version, told)["server_name"] == "a.example"


@pytest.mark.parametrize("version", [4, 6])
def test_each_end_gets_its_own_ssh_banner(version: int) -> None:
    lines = [line(version, back=True, ssh="SSH-2.0-there"), line(version, ssh="SSH-2.0-here")]
    row = completed(version, *lines)
    assert (row["ssh_client"], row["ssh_server"]) == ("SSH-2.0-here", "SSH-2.0-there")


@pytest.mark.parametrize(
    ("version", "seconds", "taken"),
    [(4, 0.0, True), (4, 1e-6, True), (4, 3e-6, False), (4, -3e-6, False), (6, 60.0, False)],
)
def test_a_fact_from_another_time_is_another_flows(
    version: int, seconds: float, taken: bool
) -> None:
    row = completed(version, line(version, seconds), application="Unknown")
    assert (row["application"] == "GOPHER") == taken


def test_flows_without_facts_keep_their_rows_and_order() -> None:
    table = overlay(flows(5, application="Unknown"), tshark.facts(line(6)))
    assert table["flow_id"].to_list() == [1, 2, 3, 4, 5]
    assert table["application"].to_list() == ["Unknown", "GOPHER"] * 2 + ["Unknown"]


@pytest.mark.parametrize("lines", [b"", b"\n", b"rubbish\n", b"\t\t\t\n", b"\xff\xfe\t1\t2\n"])
def test_lines_that_say_nothing_are_no_facts(lines: bytes) -> None:
    assert tshark.facts(lines).height == 0


def test_without_tshark_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OSError, match="apt-get install tshark"):
        tshark.program()


def _flow_rows(emissions: list[Emission | None]) -> pl.DataFrame:
    return pl.concat([e.table for e in emissions if e and e.frame == "flow"]).drop("flow_id")


@pytest.mark.tshark
def test_a_file_gives_the_meters_rows_with_tsharks_names(tmp_path: Path) -> None:
    path = write(tmp_path / "capture.pcap", all_frames())
    plain = PcapSource([path], interface="x", keep_time=True)
    meter = PcapSource([path], interface="x", keep_time=True)
    expected = _flow_rows(list(plain.emissions()))
    found = _flow_rows(list(Dissected(meter, FileFacts(meter)).emissions()))
    counted = [name for name in found.columns if "packets" in name or "bytes" in name]
    key = ["client_low", "server_low", "client_port", "l4", "event"]
    assert found.select(key + counted).sort(key).equals(expected.select(key + counted).sort(key))
    asked = found.filter((pl.col("server_port") == 53) & (pl.col("event") == "end"))
    assert asked["dns_query"].to_list() == ["www.example.org"] * 2


@pytest.mark.tshark
def test_a_shifted_replay_gets_its_facts_at_the_new_time(tmp_path: Path) -> None:
    path = write(tmp_path / "capture.pcap", all_frames())
    meter = PcapSource([path], interface="x")
    facts = FileFacts(meter)
    rows = _flow_rows(list(Dissected(meter, facts).emissions()))
    assert meter.shift > 0
    span = rows.select(pl.col("first_seen").min(), pl.col("last_seen").max()).row(0)
    times = facts.current()["time"]
    assert times.min() >= int(span[0].timestamp() * 1e6) - 1
    assert times.max() <= int(span[1].timestamp() * 1e6) + 1
