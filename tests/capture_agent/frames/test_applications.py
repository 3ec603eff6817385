"""The application frame: what each application moved in five seconds."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from capture_agent.demonstration.payloads import dns
from tests.capture_agent.traffic import FAMILIES, Timed, metered, udp

FAMILY = pytest.mark.parametrize("family", FAMILIES)


def lookups(family: int, *times: float) -> list[Timed]:
    """Return a question and its answer from a new port at each time."""
    packets = []
    for number, at in enumerate(times):
        ports, name = (50_000 + number, 53), f"w{number}.example.org"
        answer = dns.answer(number, name, dns.A, ["192.0.2.1"])
        packets.append(udp(family, at, dns.query(number, name), ports=ports))
        packets.append(udp(family, at + 0.01, answer, ports=ports, back=True))
    return packets


@FAMILY
def test_an_applications_traffic(tmp_path: Path, family: int) -> None:
    seen = metered(tmp_path, [*lookups(family, 0, 1, 2), udp(family, 3)])
    table = seen.table("application").filter(pl.col("application") == "DNS")
    flows = seen.table("flow").filter((pl.col("application") == "DNS") & (pl.col("event") == "end"))
    row = table.row(0, named=True)
    assert table.height == 1
    assert (row["packets_to_server"], row["packets_to_client"], row["new_flows"]) == (3, 3, 3)
    assert row["bytes_to_server"] == flows["bytes_to_server"].sum()
    assert row["bytes_to_client"] == flows["bytes_to_client"].sum()
    assert row["category"] == flows["category"][0]


@FAMILY
def test_each_interval_tells_its_own_traffic(tmp_path: Path, family: int) -> None:
    seen = metered(tmp_path, lookups(family, 0, 6, 7))
    table = seen.table("application").filter(pl.col("application") == "DNS")
    assert table["packets_to_server"].to_list() == [1, 2]
    assert table["new_flows"].to_list() == [1, 2]


@FAMILY
def test_the_applications_add_up_to_the_interface(tmp_path: Path, family: int) -> None:
    packets = sorted(lookups(family, *range(20)) + [udp(family, n / 3) for n in range(60)])
    seen = metered(tmp_path, packets)
    table, whole = seen.table("application"), seen.table("interface")
    moved = table["bytes_to_server"].sum() + table["bytes_to_client"].sum()
    assert moved == whole["bytes"].sum()
    assert table["new_flows"].sum() == whole["new_flows"].sum() == 21


@FAMILY
def test_an_application_without_traffic_has_no_row(tmp_path: Path, family: int) -> None:
    seen = metered(tmp_path, [*lookups(family, 0), udp(family, 11)])
    last = seen.table("application").filter(pl.col("time") == seen.table("interface")["time"][-1])
    assert "DNS" not in last["application"].to_list()
