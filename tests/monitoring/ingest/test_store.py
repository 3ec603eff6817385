"""What is written of flows that say the same again: a quiet flow's updates, and its end."""

from __future__ import annotations

import polars as pl
import pytest

from checks import frames
from monitoring.history import flow_frame
from monitoring.models import Flow, FlowDetail
from tests.checks.language.rows import save

pytestmark = pytest.mark.django_db

NAMED = {"flow_id": 7, "dns_query": "www.example.org"}


def a_row(event: str, packets: int = 0, **fields: object) -> pl.DataFrame:
    """Return a row with so many packets since the one before."""
    values = {**NAMED, "packets_to_server_delta": packets, **fields}
    table = frames.sample("flow", 1)
    made = [pl.lit(value, dtype=table.schema[name]).alias(name) for name, value in values.items()]
    event_of = pl.lit(event, dtype=table.schema["event"]).alias("event")
    return table.with_columns(event_of, *made)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_quiet_flows_details_are_stored_once(at_once: bool) -> None:
    rows = [a_row("update", 2), a_row("update"), a_row("end")]
    for table in [pl.concat(rows)] if at_once else rows:
        save(table)
    assert (Flow.objects.count(), FlowDetail.objects.count()) == (3, 1)
    read = flow_frame.read("true", [])
    assert read["dns_query"].to_list() == ["www.example.org"] * 3


def test_a_flow_that_ends_at_once_keeps_its_details() -> None:
    save(a_row("start", 1))
    save(a_row("end"))
    assert FlowDetail.objects.count() == 1
