"""What flows score adds up at their hosts and in the sums, each flow once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import connection
from django.test import Client

from capture_agent import schema
from checks import scores
from checks.models import Part
from monitoring import compaction, rollup
from monitoring.enrichment.context import Context
from monitoring.enrichment.rows import enrich_flows
from monitoring.models import Agent, Host, Interface
from tests.monitoring.builders import an_interface
from tests.pipeline.conftest import body, flows, post
from tests.pipeline.test_batches import FAMILIES, a_host_frame

pytestmark = pytest.mark.django_db


def a_scored_flow(interface: Interface, score: int, **row: Any) -> None:
    """Leave what a batch of one flow with that score leaves."""
    table = enrich_flows(flows(row), Context(), interface.pk)
    with connection.cursor() as cursor:
        scores.append(cursor, table, pl.Series([score], dtype=pl.Int16))
        rollup.append(cursor, rollup.parts_of_flows(table, pl.Series([score], dtype=pl.Int16)))


@pytest.mark.parametrize(("address", "server"), FAMILIES)
def test_a_flow_counts_once_in_its_hosts_score(
    client: Client, token: str, address: str, server: str
) -> None:
    interface = an_interface(agent=Agent.objects.get())
    other = an_interface(agent=Agent.objects.get(), name="eth1")
    same = {"client": address, "server": server}
    long_ago = datetime.now(UTC) - timedelta(minutes=6)
    a_scored_flow(interface, 50, flow_id=1, event="update", **same)
    a_scored_flow(interface, 60, flow_id=1, event="end", **same)
    a_scored_flow(interface, 7, flow_id=2, client=server, server=address)
    a_scored_flow(interface, 9, flow_id=3, last_seen=long_ago, **same)
    a_scored_flow(interface, 11, flow_id=4, vlan=5, **same)
    a_scored_flow(other, 13, flow_id=5, **same)
    for sequence in (1, 2):
        frame = body(a_host_frame(address))
        post(client, token, frame, sequence, **{schema.HEADER_FRAME: "host"})
        assert Host.objects.get().score == 67
        a_scored_flow(interface, 0, flow_id=6, **same)
    a_scored_flow(interface, 3, flow_id=7, **same)
    post(client, token, body(a_host_frame(address)), 3, **{schema.HEADER_FRAME: "host"})
    assert Host.objects.get().score == 70


@pytest.mark.parametrize(("address", "server"), FAMILIES)
def test_what_flows_scored_adds_up_once_in_the_sums_of_their_hosts(
    client: Client, token: str, address: str, server: str
) -> None:
    interface = an_interface(agent=Agent.objects.get())
    same = {"client": address, "server": server}
    a_scored_flow(interface, 50, flow_id=1, event="update", **same)
    a_scored_flow(interface, 60, flow_id=1, event="end", **same)
    a_scored_flow(interface, 7, flow_id=2, event="end", **same)
    for sequence in (1, 2, 3):
        frame = body(a_host_frame(address))
        post(client, token, frame, sequence, **{schema.HEADER_FRAME: "host"})
    rollup_scores = {address: 67, server: 67}
    compaction.compact()
    with connection.cursor() as cursor:
        for dimension, expected in (("host", rollup_scores), ("l4", {"TCP": 67})):
            cursor.execute(
                "SELECT key, sum(score) FROM traffic_1m WHERE dimension = %s GROUP BY key",
                [dimension],
            )
            assert dict(cursor.fetchall()) == expected


def test_scores_past_the_window_are_removed(token: str) -> None:
    interface = an_interface(agent=Agent.objects.get())
    a_scored_flow(interface, 50)
    for minutes, left in ((4, 1), (6, 0)):
        with connection.cursor() as cursor:
            scores.prune(cursor, datetime.now(UTC) + timedelta(minutes=minutes))
        assert Part.objects.filter(frame="score").count() == left
