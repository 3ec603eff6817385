"""Stored flows read back are the frame that the agent sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from polars.testing import assert_frame_equal

from capture_agent import schema
from checks.models import sync_settings
from monitoring.history import flow_frame
from monitoring.ingest import names
from monitoring.models import Agent
from ntopweb.pipeline import Header, ingest
from tests.pipeline.conftest import flows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("client", "server"), [("192.168.1.10", "203.0.113.5"), ("fd00::10", "2001:db8::5")]
)
def test_what_was_stored_is_read_as_it_was_sent(client: str, server: str) -> None:
    names.forget()
    sync_settings()
    now = datetime.now(UTC).replace(microsecond=123456)
    table = flows(
        {
            "client": client,
            "server": server,
            "client_mac": 2**48 - 1,
            "risk": 2**63 + 5,
            "tls_not_before": now.replace(microsecond=0) - timedelta(days=3),
            "tls_issuer_dn": 'CN="Ä, Inc."\\ \t',
            "dns_query_type": 65,
            "http_url": "a,b\nc",
            "breed": "Acceptable",
            "confidence": "DPI",
            "connection_state": "SF",
            "tunnel": "GRE",
            "rtt_client_ms": 1.5,
            "rtt_server_ms": None,
        },
        {"client": server, "server": client, "event": "update", "application": ""},
        now=now,
    )
    agent = Agent.objects.create(name="probe", token_hash="x")
    header = Header(UUID(int=1), 1, "flow", "eth0", "live")
    assert ingest(agent, header, table, now).stored == 2
    read = flow_frame.read("f.time <= %s ORDER BY f.flow_id", [now])
    assert read.schema == schema.FLOW
    assert_frame_equal(read, table.sort("flow_id"))


def test_nothing_stored_is_the_empty_frame() -> None:
    assert flow_frame.read("f.time > %s", [datetime.now(UTC)]).equals(schema.empty("flow"))
