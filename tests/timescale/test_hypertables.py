"""What hypertables do by themselves: the columnstore and the policies of TimescaleDB."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from monitoring.storage import timescale
from monitoring.storage.tables import TABLES, Table
from tests.monitoring.storage.conftest import NOW
from tests.monitoring.storage.conftest import table as table  # a fixture
from tests.monitoring.storage.rows import asked, clients, put

pytestmark = [
    pytest.mark.timescale,
    pytest.mark.parametrize("partitioning", ["timescale"], indirect=True, scope="session"),
]

V4, V6 = "192.0.2.1", "2001:db8::1"
DAY = timedelta(days=1)


def run_job(table: Table, procedure: str) -> None:
    """Run a policy's job now, as the server does in the background."""
    found = "SELECT job_id FROM timescaledb_information.jobs WHERE hypertable_name = %s"
    ((job,),) = asked(f"{found} AND proc_name = %s", table.name, procedure)
    with connection.cursor() as cursor:
        cursor.execute(f"CALL run_job({job})")


def chunks(table: Table) -> dict[datetime, bool]:
    """Return the chunks by their start, and whether each is in the columnstore."""
    return dict(
        asked(
            "SELECT range_start, is_compressed FROM timescaledb_information.chunks"
            " WHERE hypertable_name = %s",
            table.name,
        )
    )


@pytest.mark.django_db
def test_every_table_of_flows_and_traffic_is_a_hypertable() -> None:
    found = asked(
        "SELECT hypertable_name, compression_enabled FROM timescaledb_information.hypertables"
        " WHERE hypertable_name = ANY(%s)",
        [one.name for one in TABLES],
    )
    assert dict(found) == {one.name: one.segment_by is not None for one in TABLES}


@pytest.mark.django_db
@pytest.mark.parametrize("one", TABLES, ids=lambda one: one.name)
def test_every_table_has_its_policies(one: Table) -> None:
    jobs: dict[str, Any] = dict(
        asked(
            "SELECT proc_name, config FROM timescaledb_information.jobs WHERE hypertable_name = %s",
            one.name,
        )
    )
    assert set(jobs) == {"policy_retention"} | (
        {"policy_compression"} if one.segment_by is not None else set()
    )


def test_a_day_old_chunk_goes_to_the_columnstore_and_reads_the_same(table: Table) -> None:
    put(table, (NOW - 3 * DAY, V4), (NOW - 3 * DAY, V6), (NOW, "192.0.2.2"))
    run_job(table, "policy_compression")
    assert chunks(table) == {table.floor(NOW - 3 * DAY): True, table.floor(NOW): False}
    assert clients(table) == [V4, V6, "192.0.2.2"]


@pytest.mark.parametrize("client", [V4, V6])
def test_a_late_row_is_stored_beside_the_columnstore(table: Table, client: str) -> None:
    put(table, (NOW - 3 * DAY, "192.0.2.2"))
    run_job(table, "policy_compression")
    put(table, (NOW - 3 * DAY, client))
    assert sorted(clients(table)) == sorted(["192.0.2.2", client])
    run_job(table, "policy_compression")
    assert sorted(clients(table)) == sorted(["192.0.2.2", client])


def test_the_retention_policy_drops_whole_chunks(table: Table) -> None:
    put(table, (NOW - 40 * DAY, V4), (NOW - 35 * DAY, V6), (NOW - 20 * DAY, "192.0.2.2"))
    run_job(table, "policy_retention")
    assert clients(table) == ["192.0.2.2"]
    assert list(chunks(table)) == [table.floor(NOW - 20 * DAY)]


def test_the_retention_policy_follows_the_settings(table: Table, settings: Any) -> None:
    put(table, (NOW - 20 * DAY, V4), (NOW - 3 * DAY, V6))
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "flow": 10.0}
    timescale.prepare(connection, table, NOW)
    run_job(table, "policy_retention")
    assert clients(table) == [V6]


def test_chunks_in_the_columnstore_expire_too(table: Table) -> None:
    put(table, (NOW - 40 * DAY, V4), (NOW - 2 * DAY, V6))
    run_job(table, "policy_compression")
    assert len(timescale.expire(connection, table, NOW)) == 1
    assert clients(table) == [V6]
