"""From a flow's first row to its last: what is told when, and what ends a flow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from capture_agent.demonstration.payloads import dns
from capture_agent.meter.meter import Meter
from capture_agent.sources import ndpi
from tests.capture_agent.traffic import ENDS, FAMILIES, START, Seen, Timed, metered, udp

FAMILY = pytest.mark.parametrize("family", FAMILIES)
DELTAS = [f"{what}_to_{end}" for what in ("bytes", "packets") for end in ("server", "client")]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(START, UTC) + timedelta(seconds=seconds)


def beats(family: int, *times: float, port: int = 40_000) -> list[Timed]:
    """Return datagrams of one flow at these times."""
    return [udp(family, at, ports=(port, 8_888)) for at in times]


def ports(seen: Seen, event: str = "end") -> list[int]:
    return [row["client_port"] for row in seen.flows(event)]


@FAMILY
@pytest.mark.parametrize(("silence", "flows"), [(119.999, 1), (120.0, 2), (500.0, 2)])
def test_a_flow_that_is_silent_for_120_seconds_is_over(
    tmp_path: Path, family: int, silence: float, flows: int
) -> None:
    seen = metered(tmp_path, beats(family, 0, silence))
    assert len(seen.flows()) == flows
    assert len({row["flow_id"] for row in seen.flows()}) == flows


@FAMILY
@pytest.mark.parametrize(("silence", "flows"), [(4.999, 1), (5.0, 2)])
def test_the_idle_time_out_can_be_set(
    tmp_path: Path, family: int, silence: float, flows: int
) -> None:
    seen = metered(tmp_path, beats(family, 0, silence), idle_timeout=5.0)
    assert len(seen.flows()) == flows


@FAMILY
def test_another_flows_packets_let_the_silent_one_expire(tmp_path: Path, family: int) -> None:
    other = beats(family, *range(0, 150, 10), port=50_000)
    packets = sorted(beats(family, 0) + other)
    assert ports(metered(tmp_path, packets)) == [40_000, 50_000]


@FAMILY
def test_a_long_flow_tells_each_minute_of_its_life(tmp_path: Path, family: int) -> None:
    seen = metered(tmp_path, beats(family, 0.5, *range(10, 190, 10)))
    updates = seen.flows("update")
    assert [row["packets_to_server"] for row in updates] == [6, 12, 18]
    assert [row["packets_to_server_delta"] for row in updates] == [6, 6, 6]
    assert [row["last_seen"] for row in updates] == [moment(50), moment(110), moment(170)]


@FAMILY
def test_the_deltas_add_up_to_the_totals(tmp_path: Path, family: int) -> None:
    there = beats(family, *range(0, 200, 7))
    back = [udp(family, at + 0.5, b"answer", back=True) for at in range(0, 200, 11)]
    back = [(at, data) for at, data in back]
    packets = sorted([udp(family, at) for at, _ in there] + back)
    rows = metered(tmp_path, packets).table("flow").filter(pl.col("flow_id").is_not_null())
    end: dict[str, Any] = rows.filter(pl.col("event") == "end").row(0, named=True)
    assert rows.height > 3
    for name in DELTAS:
        assert rows[f"{name}_delta"].sum() == end[name] > 0


@FAMILY
def test_each_row_covers_what_came_since_the_one_before(tmp_path: Path, family: int) -> None:
    rows = metered(tmp_path, beats(family, *range(0, 200, 7))).table("flow")
    assert rows["interval_start"].to_list() == [moment(0), *rows["last_seen"].to_list()[:-1]]
    assert rows["first_seen"].unique().to_list() == [moment(0)]


@FAMILY
def test_start_rows_come_only_where_they_are_wanted(tmp_path: Path, family: int) -> None:
    assert metered(tmp_path, beats(family, 0, 1)).flows("start") == []
    row = metered(tmp_path, beats(family, 0, 1), wanted={"start"}).flow("start")
    assert (row["packets_to_server"], row["first_seen"]) == (1, moment(0))


@FAMILY
def test_a_flow_that_ndpi_names_is_told_once(tmp_path: Path, family: int) -> None:
    where = {"ports": (40_000, 53)}
    packets = [
        udp(family, 0, dns.query(7, "www.example.org"), **where),
        udp(family, 0.02, dns.answer(7, "www.example.org", 1, ["192.0.2.1"]), back=True, **where),
        udp(family, 1, dns.query(8, "www.example.net"), **where),
    ]
    seen = metered(tmp_path, packets)
    detected = seen.flow("detected")
    assert (detected["application"], detected["last_seen"]) == ("DNS", moment(0.02))
    assert (detected["packets_to_server"], detected["packets_to_client"]) == (1, 1)
    assert seen.flow()["packets_to_server_delta"] == 1


@FAMILY
def test_a_flow_that_ndpi_still_looks_at_is_told_after_three_seconds(
    tmp_path: Path, family: int
) -> None:
    query = dns.query(7, "www.example.org")
    packets = [udp(family, at, query, ports=(40_000, 53)) for at in (0, 1, 2.9, 3.1, 10)]
    detected = metered(tmp_path, packets).flow("detected")
    assert (detected["application"], detected["packets_to_server"]) == ("DNS", 3)


@FAMILY
def test_a_flow_that_ndpi_does_not_name_is_not_told_as_detected(
    tmp_path: Path, family: int
) -> None:
    seen = metered(tmp_path, beats(family, 0, 1, 30))
    assert seen.flows("detected") == []
    assert seen.flow()["application"] == "Unknown"


@FAMILY
def test_when_the_table_is_full_the_least_recently_used_flow_ends(
    tmp_path: Path, family: int
) -> None:
    packets = [
        *beats(family, 0, port=51_001),
        *beats(family, 1, port=51_002),
        *beats(family, 2, port=51_001),
        *beats(family, 3, port=51_003),
        *beats(family, 4, port=51_001),
    ]
    seen = metered(tmp_path, packets, capacity=2)
    assert ports(seen) == [51_002, 51_003, 51_001]
    assert seen.counters["flow_table_evictions"] == 1
    assert seen.flows()[-1]["packets_to_server"] == 3


@FAMILY
@pytest.mark.parametrize("capacity", [1, 3, 64])
def test_a_full_table_loses_no_packet(tmp_path: Path, family: int, capacity: int) -> None:
    packets = [one for at in range(200) for one in beats(family, at / 100, port=52_000 + at % 100)]
    seen = metered(tmp_path, packets, capacity=capacity)
    assert sum(row["packets_to_server_delta"] for row in seen.flows()) == 200
    assert seen.counters["flow_table_evictions"] == 200 - capacity
    assert len(seen.flows()) == 200


@FAMILY
def test_a_packet_from_the_past_does_not_turn_time_back(tmp_path: Path, family: int) -> None:
    row = metered(tmp_path, beats(family, 10, 3, 11)).flow()
    assert (row["first_seen"], row["last_seen"]) == (moment(10), moment(11))
    assert row["packets_to_server"] == 3


@FAMILY
def test_flow_ids_are_positive_and_unique_over_sources(tmp_path: Path, family: int) -> None:
    packets = [one for port in range(50) for one in beats(family, port / 100, port=3_000 + port)]
    ids = [row["flow_id"] for _ in range(2) for row in metered(tmp_path, packets).flows()]
    assert min(ids) > 0
    assert len(set(ids)) == 100


def test_families_with_the_same_ports_are_two_flows(tmp_path: Path) -> None:
    seen = metered(tmp_path, [udp(4, 0), udp(6, 0.1), udp(4, 0.2, back=True)])
    assert [row["packets_to_client"] for row in seen.flows()] in ([1, 0], [0, 1])


@pytest.mark.parametrize(("low", "high"), [(ENDS[4], ("10.0.0.6", ENDS[4][1]))])
def test_every_part_of_the_key_counts(
    tmp_path: Path, low: tuple[str, str], high: tuple[str, str]
) -> None:
    packets = [
        udp(4, 0, ends=low),
        udp(4, 0.1, ends=high),
        udp(4, 0.2, ports=(40_000, 8_889)),
        udp(4, 0.3, ports=(40_001, 8_888)),
    ]
    assert len(metered(tmp_path, packets).flows()) == 4


@FAMILY
def test_hosts_beyond_the_table_are_counted(
    tmp_path: Path, family: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ndpi, "Meter", partial(Meter, hosts=1))
    assert metered(tmp_path, beats(family, 0)).counters["untracked_hosts"] >= 1
    monkeypatch.setattr(ndpi, "Meter", partial(Meter, hosts=2))
    assert metered(tmp_path, beats(family, 0)).counters["untracked_hosts"] == 0
