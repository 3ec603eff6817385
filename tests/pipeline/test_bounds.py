"""A flood of invented addresses, straight into the pass: bounds hold, the rest is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from django.db import connection

from capture_agent import schema
from checks import frames
from monitoring import compaction, overflow
from monitoring.ingest import hosts
from monitoring.models import Agent, Host, Overflow
from ntopweb.pipeline import Header, ingest
from tests.monitoring.builders import a_host, an_agent, an_interface
from tests.pipeline.conftest import flows

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(second=20, microsecond=0) - timedelta(minutes=1)
BATCH = 10_000
FAMILIES = pytest.mark.parametrize("family", [4, 6])
BOUNDS = {"remote": 300, "remote a minute": 200, "local": 100}
KEYS = {"10s": 50, "1m": 60, "1h": 70, "1d": 80}


@pytest.fixture(autouse=True)
def bounded(settings: Any) -> Iterator[None]:
    settings.HOST_BOUNDS, settings.TRAFFIC_KEYS = BOUNDS, KEYS
    settings.TRAFFIC_LOCAL_HOSTS = 40
    yield


def addresses(numbers: range, family: int, *, local: bool = False) -> dict[str, list[int]]:
    """Return packed addresses: of 11.0.0.0/8 or 10.0.0.0/8, of 2001:db8::/64 or fd00::/64."""
    if family == 6:
        high = 0xFD00 << 48 if local else 0x20010DB8 << 32
        return {"high": [high] * len(numbers), "low": list(numbers)}
    first = (0xFFFF << 32) + ((10 if local else 11) << 24)
    return {"high": [0] * len(numbers), "low": [first + number for number in numbers]}


def repeated(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    return frame.select(pl.all().repeat_by(rows).explode())


def put(columns: dict[str, list[int]], role: str) -> list[pl.Series]:
    return [pl.Series(f"{role}_{half}", columns[half], pl.UInt64) for half in ("high", "low")]


def host_rows(
    numbers: range, family: int, *, local: bool = False, now: datetime = NOW
) -> pl.DataFrame:
    """Return a host frame; the later in ``numbers``, the more it has sent."""
    base = frames.sample("host", 1).select(list(schema.HOST))
    return repeated(base, len(numbers)).with_columns(
        pl.lit(now).cast(schema.TIME).alias("time"),
        pl.Series("bytes_sent", list(numbers), pl.UInt64),
        pl.lit(0, pl.UInt64).alias("bytes_received"),
        pl.lit(0, pl.UInt16).alias("vlan"),
        *put(addresses(numbers, family, local=local), "host"),
    )


def flow_rows(numbers: range, family: int) -> pl.DataFrame:
    server = "192.168.1.10" if family == 4 else "fd00::10"
    base = flows({"client": "192.0.2.1", "server": server}, now=NOW)
    return repeated(base, len(numbers)).with_columns(
        pl.Series("flow_id", [number + 1 for number in numbers]).cast(base.schema["flow_id"]),
        *put(addresses(numbers, family), "client"),
    )


def take(agent: Agent, table: pl.DataFrame, frame: str, sequence: int) -> None:
    header = Header(UUID(int=9), sequence, frame, "eth0", "live")
    answer = ingest(agent, header, table, NOW)
    assert answer.stored == table.height == answer.rows


def counted() -> dict[str, int]:
    return dict(overflow.by_bound(Overflow.objects.all()))


def traffic(resolution: str, dimension: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bucket, count(*) FILTER (WHERE key <> 'other'), sum(bytes_sent), sum(flows)"
            f" FROM traffic_{resolution} WHERE dimension = %s GROUP BY 1",
            [dimension],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@FAMILIES
def test_fifty_thousand_sources_stay_within_the_bounds_and_the_rest_is_counted(family: int) -> None:
    agent, sources = an_agent(), 50_000
    for sequence, first in enumerate(range(0, sources, BATCH)):
        numbers = range(first, first + BATCH)
        take(agent, host_rows(numbers, family), "host", 2 * sequence + 1)
        take(agent, flow_rows(numbers, family), "flow", 2 * sequence + 2)
        compaction.compact()
    assert Host.objects.filter(is_local=False).count() == BOUNDS["remote a minute"]
    found = counted()
    of_hosts = sum(count for bound, count in found.items() if bound.startswith("hosts:"))
    assert of_hosts == sources - BOUNDS["remote a minute"]
    for resolution, most in KEYS.items():
        for dimension in ("host", "peers", "country", "server_port"):
            for _, keys, *_ in traffic(resolution, dimension):
                # The server is local: what was scored at it has a line beside the remote ones.
                assert keys <= most + (dimension == "host"), (resolution, dimension)
        assert found[f"traffic by peers: keys in {resolution}"] > 0
    assert found["traffic by peers: keys of a batch"] == sources - 5 * 200
    assert [int(row[2]) for row in traffic("1d", "host")] == [sum(range(sources))]
    assert [int(row[2]) for row in traffic("1d", "peers")] == [sources * 1_000]
    assert [int(row[3]) for row in traffic("10s", "peers")] == [sources]


@FAMILIES
def test_known_hosts_are_counted_when_no_place_is_left(family: int) -> None:
    agent = an_agent()
    take(agent, host_rows(range(1, 6), family), "host", 1)
    take(agent, host_rows(range(1, 2_000), family), "host", 2)
    known = Host.objects.order_by("first_seen", "bytes_sent").values_list("bytes_sent", flat=True)
    assert set(known) >= {2, 4, 6, 8, 10}
    assert Host.objects.count() == 200


@FAMILIES
def test_the_greatest_new_hosts_get_the_places(family: int) -> None:
    take(an_agent(), host_rows(range(1, 1_001), family), "host", 1)
    sent = sorted(Host.objects.values_list("bytes_sent", flat=True))
    assert sent == list(range(801, 1_001))


@FAMILIES
def test_the_bound_of_all_remote_hosts_holds_over_minutes(family: int) -> None:
    agent = an_agent()
    for minute in range(3):
        rows = host_rows(
            range(1 + 500 * minute, 401 + 500 * minute), family, now=NOW - timedelta(minutes=minute)
        )
        take(agent, rows, "host", minute + 1)
    assert Host.objects.count() == BOUNDS["remote"]
    assert (
        counted()
        == {
            "hosts: remote in all": 300 + 400,
            "hosts: new remote in a minute": 200,
        }
        or sum(counted().values()) == 3 * 400 - 300
    )


@FAMILIES
def test_local_hosts_are_kept_up_to_their_own_bound(family: int) -> None:
    agent = an_agent()
    take(agent, host_rows(range(1, 500), family), "host", 1)
    take(agent, host_rows(range(1, 100), family, local=True), "host", 2)
    assert Host.objects.filter(is_local=True).count() == 99
    take(agent, host_rows(range(1, 151), family, local=True), "host", 3)
    assert Host.objects.filter(is_local=True).count() == BOUNDS["local"]
    compaction.compact()
    assert counted()["hosts: local in all"] == 50
    assert counted()["traffic by host: keys in 10s"] >= 110


def test_silent_hosts_with_little_traffic_leave_when_places_run_short() -> None:
    interface, silent = an_interface(), NOW - timedelta(minutes=11)
    for number in range(271):
        a_host(
            f"11.0.{number // 250}.{number % 250}",
            interface=interface,
            seen=silent,
            bytes_sent=number,
        )
    a_host("2001:db8::1", interface=interface, seen=NOW, bytes_sent=0)
    a_host("10.0.0.1", interface=interface, seen=silent, bytes_sent=0, is_local=True)
    assert hosts.trim(NOW) == 272 - 240
    left = Host.objects.filter(is_local=False, last_seen=silent).order_by("bytes_sent")
    assert left.first().bytes_sent == 32  # type: ignore[union-attr]
    assert Host.objects.filter(address__in=["2001:db8::1", "10.0.0.1"]).count() == 2
    assert hosts.trim(NOW) == 0


def test_a_key_of_any_length_stops_no_compaction() -> None:
    base = frames.sample("application", 1).select(list(schema.FRAMES["application"]))
    table = base.with_columns(
        pl.lit(NOW).cast(schema.TIME).alias("time"), pl.lit("x\0" * 5_000).alias("application")
    )
    take(an_agent(), table, "application", 1)
    assert compaction.compact() == 1
    assert traffic("1m", "application")[0][1] == 1


def forget_parts() -> None:
    """Empty the table that Django does not know, as it empties the others."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM traffic_part")


@pytest.mark.django_db(transaction=True)
def test_two_ingest_processes_keep_one_bound(request: pytest.FixtureRequest) -> None:
    agent = an_agent()
    an_interface(agent=agent)

    def post(sequence: int, first: int) -> None:
        try:
            take(agent, host_rows(range(first, first + 2_000), 4), "host", sequence)
        finally:
            connection.close()

    request.addfinalizer(forget_parts)
    threads = [Thread(target=post, args=(number + 1, 5_000 * number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Host.objects.count() == BOUNDS["remote a minute"]
    assert sum(counted().values()) == 4 * 2_000 - BOUNDS["remote a minute"]
    assert counted()["hosts: new remote in a minute"] == 7_800
