"""A check that fails at run time is stopped and told; the batch and all other checks go on."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from alerts.lifecycle import process_round
from alerts.models import Alert
from checks.definitions.flow.long_lived import LongLived
from checks.models import CheckSetting, sync_settings
from checks.settings_store import forget_runner
from monitoring.models import Flow
from tests.pipeline.conftest import body, flows, post

pytestmark = pytest.mark.django_db
ENDS = [("192.168.1.10", "203.0.113.5"), ("fd00::10", "2001:db8::5")]


@pytest.fixture(autouse=True)
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The check of long flows raises on every row."""
    sync_settings()

    def explode(_: pl.Series) -> pl.Series:
        raise ValueError("no such thing as time")

    monkeypatch.setattr(
        LongLived, "when", lambda self: pl.col("server_port").map_batches(explode, pl.Boolean)
    )
    CheckSetting.objects.filter(key="long_lived").update(is_enabled=True)
    forget_runner()
    yield
    forget_runner()


@pytest.mark.parametrize(("client_address", "server_address"), ENDS)
def test_it_is_quarantined_named_and_alerted_and_all_else_goes_on(
    client: Client, token: str, admin_client: Client, client_address: str, server_address: str
) -> None:
    row = {"client": client_address, "server": server_address, "risk": 1 << 1}
    answer = post(client, token, body(flows(row)))
    assert (answer.status_code, answer.json()["stored"]) == (200, 1), answer.content
    assert Flow.objects.get().checks != []
    process_round(timezone.now())
    alerts = {alert.check_key: alert for alert in Alert.objects.all()}
    assert {"check_quarantined", "ndpi_url_possible_xss"} <= set(alerts)
    assert "no such thing as time" in alerts["check_quarantined"].message
    page = admin_client.get("/checks/long_lived/").content.decode()
    assert "no such thing as time" in page
    again = post(client, token, body(flows(row)), sequence=2)
    assert again.json()["stored"] == 1
    process_round(timezone.now())
    assert Alert.objects.get(check_key="check_quarantined").count == 1
