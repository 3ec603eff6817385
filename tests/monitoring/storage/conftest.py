"""A table of the tests' own, outside of any transaction: partitions change in autocommit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from monitoring import storage
from monitoring.storage.tables import FLOWS, Table

#: Now, for the parts of the table: the policies of TimescaleDB look at the clock themselves.
NOW = datetime.now(UTC)


@pytest.fixture
def table(partitioning: str, django_db_setup: None, django_db_blocker: Any) -> Iterator[Table]:
    """Make a table cut by days, like that of the flows but with few columns."""
    made = replace(
        FLOWS,
        name="trial",
        columns={"time": "timestamptz", "flow_id": "bigint", "client": "inet"},
        indexes={"trial_time": "(time, flow_id)"},
        segment_by="",
    )
    with django_db_blocker.unblock():
        storage.backend(connection).create(connection, made, NOW)
        yield made
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE trial CASCADE")
