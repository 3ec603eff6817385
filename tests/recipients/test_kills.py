"""kill -9 of the worker at random moments; in full size: ``tests.reliability.deliveries``."""

import os

import pytest
from django.db import connection

from tests.reliability import deliveries


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_nothing_and_keeps_the_order(monkeypatch, settings):
    address = os.environ.get("DATABASE_URL", "postgres://ntopweb@127.0.0.1:5432/ntopweb")
    name = connection.settings_dict["NAME"]
    base, _, query = address.partition("?")
    tail = f"?{query}" if query else ""
    monkeypatch.setenv("DATABASE_URL", f"{base.rpartition('/')[0]}/{name}{tail}")
    monkeypatch.setenv("NTOPWEB_OUTBOUND_ALLOW", "127.0.0.0/8")
    monkeypatch.setenv("NTOPWEB_SECRET_KEY", settings.SECRET_KEY)
    found = deliveries.run(alerts=120, kills=2, pause=0.4)
    assert found["lost"] == 0
    assert found["doubled_without_its_key"] == 0
    assert found["out_of_order"] == 0
    assert found["doubled"] <= found["interrupted"]
    assert found["decisions"] == found["deliveries"] == found["sent"] == found["wanted"]
