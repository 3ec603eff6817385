"""What native partitions and hypertables have in common: all that other code relies on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from monitoring import storage
from monitoring.storage import native, timescale
from monitoring.storage.tables import Table
from tests.monitoring.storage.conftest import NOW
from tests.monitoring.storage.rows import asked, clients, put

V4, V6 = "192.0.2.1", "2001:db8::1"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_the_database_is_partitioned_in_the_way_that_is_tested(
    table: Table, partitioning: str
) -> None:
    ways = {"native": native, "timescale": timescale}
    assert storage.backend(connection) is ways[partitioning]


@pytest.mark.parametrize("client", [V4, V6])
@pytest.mark.parametrize("age", [timedelta(0), -5 * timedelta(minutes=1), DAY, 29 * DAY, 400 * DAY])
def test_a_row_of_any_time_can_be_stored(table: Table, client: str, age: timedelta) -> None:
    put(table, (NOW - age, client))
    assert clients(table) == [client]


def test_rows_of_several_days_come_back_in_order(table: Table) -> None:
    put(table, (NOW, V4), (NOW - 3 * DAY, V6), (NOW - DAY, "192.0.2.2"))
    assert clients(table) == [V6, "192.0.2.2", V4]


def test_what_is_prepared_twice_is_there_once(table: Table) -> None:
    way = storage.backend(connection)
    way.prepare(connection, table, NOW)
    way.prepare(connection, table, NOW + 2 * DAY)
    put(table, (NOW + 2 * DAY, V4), (NOW + 2 * DAY, V6))
    assert clients(table) == [V4, V6]


def test_a_part_goes_when_all_its_rows_are_past_their_retention(table: Table) -> None:
    end_of_part = table.floor(NOW - 40 * DAY) + table.span
    put(table, (end_of_part - HOUR, V4), (end_of_part - 2 * HOUR, V6), (NOW, "192.0.2.2"))
    expire = storage.backend(connection).expire
    just_before = end_of_part + table.retention - timedelta(seconds=1)
    assert expire(connection, table, just_before) == []
    assert clients(table) == [V6, V4, "192.0.2.2"]
    (name,) = [n for n in expire(connection, table, just_before + timedelta(seconds=1)) if n]
    assert clients(table) == ["192.0.2.2"]
    assert asked("SELECT to_regclass(%s)", name) == [(None,)]


def test_what_expired_can_be_stored_again(table: Table) -> None:
    put(table, (NOW - 40 * DAY, V4))
    assert storage.backend(connection).expire(connection, table, NOW)
    put(table, (NOW - 40 * DAY, V6))
    assert clients(table) == [V6]


def test_a_column_that_must_be_there_is_not_null(table: Table) -> None:
    put(table, (NOW, V4))
    with pytest.raises(IntegrityError, match="client"):
        asked("INSERT INTO trial (time, flow_id) VALUES (now(), 1) RETURNING 1")
