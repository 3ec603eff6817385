"""The interface frame: one row every five seconds, also when nothing came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.capture_agent.traffic import (
    FAMILIES,
    MACS,
    START,
    handshake,
    metered,
    tcp,
    udp,
)

FAMILY = pytest.mark.parametrize("family", FAMILIES)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(START, UTC) + timedelta(seconds=seconds)


@FAMILY
def test_quiet_intervals_have_a_row(tmp_path: Path, family: int) -> None:
    table = metered(tmp_path, [udp(family, 1), udp(family, 21)]).table("interface")
    assert table["time"].to_list() == [moment(at) for at in (5, 10, 15, 20, 21)]
    assert table["packets"].to_list() == [1, 0, 0, 0, 1]
    assert table["active_hosts"].to_list() == [2, 0, 0, 0, 2]
    assert table["active_flows"].to_list()[:4] == [1, 1, 1, 1]


@FAMILY
def test_hours_without_anything_are_passed_over(tmp_path: Path, family: int) -> None:
    day = 86_400
    table = metered(tmp_path, [udp(family, 1), udp(family, day + 1)]).table("interface")
    assert table.height < 40
    assert table["time"].to_list()[-1] == moment(day + 1)
    assert table["packets"].sum() == 2


@FAMILY
def test_the_rows_add_up_to_the_flows(tmp_path: Path, family: int) -> None:
    packets = [udp(family, n / 5, b"x" * n, ports=(50_000 + n % 7, 8_888)) for n in range(100)]
    seen = metered(tmp_path, packets)
    flows = seen.table("flow").filter(pl.col("event") == "end")
    table = seen.table("interface")
    assert table["bytes"].sum() == flows["bytes_to_server"].sum()
    assert table["packets"].sum() == table["received"].sum() == 100
    assert table["new_flows"].sum() == table["ended_flows"].sum() == 7


@FAMILY
def test_ended_and_active_flows(tmp_path: Path, family: int) -> None:
    packets = [udp(family, 0), udp(family, 1, ports=(50_000, 8_888)), udp(family, 12)]
    table = metered(tmp_path, packets, idle_timeout=6).table("interface")
    assert table["active_flows"].to_list()[:2] == [2, 0]
    assert table["ended_flows"].to_list()[:2] == [0, 2]


@FAMILY
def test_evicted_flows_are_counted_in_their_interval(tmp_path: Path, family: int) -> None:
    packets = [udp(family, at, ports=(50_000 + at, 8_888)) for at in (0, 1, 2, 6)]
    table = metered(tmp_path, packets, capacity=2).table("interface")
    assert table["evicted_flows"].to_list() == [1, 1]


@FAMILY
def test_retransmissions_and_reordering_are_counted(tmp_path: Path, family: int) -> None:
    first = [tcp(family, 0, "A", 101, b"x" * 9), tcp(family, 1, "A", 101, b"x" * 9)]
    later = [tcp(family, 6, "A", 119, b"x" * 9), tcp(family, 6.001, "A", 110, b"x" * 9)]
    table = metered(tmp_path, [*first, *later]).table("interface")
    assert table["retransmissions"].to_list() == [1, 0]
    assert table["out_of_order"].to_list() == [0, 1]


def test_what_is_not_understood_is_counted_as_refused(tmp_path: Path) -> None:
    macs = bytes.fromhex("".join(MACS).replace(":", ""))
    arp, rubbish = macs + b"\x08\x06" + bytes(28), macs + b"\x86\xdd" + b"\x60\0\0"
    packets = [*handshake(4), *handshake(6, at=1), (2.0, arp), (3.0, rubbish)]
    seen = metered(tmp_path, packets)
    row = seen.table("interface").row(0, named=True)
    assert (row["received"], row["refused"], row["packets"]) == (8, 2, 6)
    assert (seen.counters["received"], seen.counters["refused"]) == (8, 2)
    assert seen.counters["parsed"] == 6
