"""Scripts over stored flows: what the trial says of each flow, summed by day, with its cost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from capture_agent.schema import FLOW
from checks.addresses import texts
from checks.backtests import running, stored
from checks.backtests.progress import CancelledError
from checks.backtests.subjects import NotStoredError
from checks.lua import back_testing
from checks.lua.back_testing import Proposed
from checks.models import BackTest, sync_settings
from monitoring.enrichment import context as enrichment
from monitoring.enrichment.context import Context
from monitoring.enrichment.rows import enrich_flows
from tests.checks.language import rows
from tests.checks.lua.test_process import STUCK
from tests.monitoring.builders import a_user

pytestmark = pytest.mark.django_db
SINCE = datetime(2026, 11, 24, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=1)
#: What a script says of every flow of IPv6, in both spellings of "which columns are read".
V6 = "if flow.cli():find(':', 1, true) then flow.triggerAlert(30, flow.srv()) end"
WITH_DETAIL = f"local _ = flow.tls_quic() {V6}"


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Context]:
    """Flows of both IP versions, stored in several portions, each in several parts."""
    monkeypatch.setattr(stored, "PORTION", 20)
    monkeypatch.setattr(back_testing, "_ROWS", 7)
    context = enrichment.build()
    table = enrich_flows(rows.flows(120, seed=3).select(list(FLOW)), context, 1)
    rows.save(table)
    sync_settings()
    return table, context


def proposed(source: str, target: str = "flow_end", **values: Any) -> Proposed:
    return Proposed("mine", target, source, values)


def expected(table: Any, event: str) -> int:
    """Return how many stored rows of the event have a client of IPv6."""
    seen = table.filter(event=event)
    clients = texts(seen["client_high"], seen["client_low"])
    return int(clients.str.contains(":").sum())


@pytest.mark.parametrize("source", [V6, WITH_DETAIL])
@pytest.mark.parametrize(
    ("target", "event"), [("flow_end", "end"), ("flow_periodic", "update"), ("flow_start", "end")]
)
def test_it_says_of_stored_flows_what_it_says_live(
    live: tuple[Any, Context], source: str, target: str, event: str
) -> None:
    table, context = live
    result = back_testing.over(proposed(source, target), SINCE, UNTIL, context)
    count = expected(table, event)
    assert count > 5
    assert result["proposed"]["findings"] == count
    assert sum(day["matches"] for day in result["days"]) == count
    assert sum(day["rows"] for day in result["days"]) == table.filter(event=event).height
    assert result["rows"] == table.height
    assert result["microseconds"] > 0
    assert bool(result["notes"]) == (target == "flow_start")
    assert result["failures"] == {}


def test_days_are_kept_apart(live: tuple[Any, Context]) -> None:
    _, context = live
    result = back_testing.over(proposed(V6), SINCE - timedelta(days=3), UNTIL, context)
    assert [day["day"] for day in result["days"]] == ["2026-11-24"]
    part = live[0].with_columns(last_seen=live[0]["last_seen"] - timedelta(days=1))
    rows.save(part.with_columns(flow_id=part["flow_id"] + 10_000))
    result = back_testing.over(proposed(V6), SINCE - timedelta(days=3), UNTIL, context)
    days = [(day["day"], day["matches"]) for day in result["days"]]
    assert [day for day, _ in days] == ["2026-11-23", "2026-11-24"]
    assert days[0][1] == days[1][1]


def test_errors_are_shown_with_their_flow_and_the_rest_goes_on(live: tuple[Any, Context]) -> None:
    _, context = live
    source = "if flow.cli():find(':', 1, true) then error('no') end flow.triggerAlert(1, 'x')"
    result = back_testing.over(proposed(source), SINCE, UNTIL, context)
    errors = sum(day["errors"] for day in result["days"])
    assert errors > 0
    assert result["proposed"]["findings"] == sum(d["rows"] for d in result["days"]) - errors
    assert result["errors"][0].startswith("flow ")
    assert result["errors"][0].endswith("script:1: no")


def test_it_is_cancelled_between_two_parts(live: tuple[Any, Context]) -> None:
    _, context = live
    seen: list[int] = []

    def progress(done: int, total: int) -> bool:
        seen.append(done)
        return done < 40

    with pytest.raises(CancelledError):
        back_testing.over(proposed(V6), SINCE, UNTIL, context, progress)
    assert seen[0] == 0 and 40 <= seen[-1] < 60


def test_a_script_that_must_be_killed_ends_its_test(
    live: tuple[Any, Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    from checks.lua.process import Process

    real = Process.run
    monkeypatch.setattr(Process, "run", lambda self, *args: real(self, *args, seconds=0.3))
    result = back_testing.over(proposed(STUCK), SINCE, UNTIL, live[1])
    assert "ran too long" in result["failures"]["mine"]
    assert result["rows"] < live[0].height


def test_hosts_are_not_stored() -> None:
    with pytest.raises(NotStoredError, match="not stored"):
        proposed("return 0", "host").check()


FIELDS = {"name": "mine", "target": "flow_end", "source": V6, "values": "{}", "span": "24h"}


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(a_user("root", is_superuser=True, is_staff=True))
    return client


def test_the_editor_begins_one_and_sees_what_came_of_it(
    admin: Client, live: tuple[Any, Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    monkeypatch.setattr("checks.tasks.run_back_test.delay", begun.append)
    where = admin.post("/scripts/back-tests/", FIELDS).json()["progress"]
    said = admin.get(where).json()
    assert (said["state"], said["is_over"], said["result"]) == ("waiting", False, {})
    BackTest.objects.update(since=SINCE, until=UNTIL)
    running.run(begun[0])
    said = admin.get(where).json()
    assert (said["state"], said["percent"], said["error"]) == ("done", 100, "")
    assert said["result"]["findings"] == expected(live[0], "end")
    assert said["result"]["days"][0]["day"] == "2026-11-24"
    page = admin.get(said["page"]).content.decode()
    assert "mine" in page
    assert "2026-11-24" in page


def test_one_that_waits_is_cancelled(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.tasks.run_back_test.delay", lambda pk: None)
    where = admin.post("/scripts/back-tests/", FIELDS).json()["progress"]
    admin.post(admin.get(where).json()["cancel"])
    assert admin.get(where).json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"source": "if x"}, "script:1:"),
        ({"source": "-- @param x"}, "line 1:"),
        ({"target": "host"}, "not stored"),
        ({"target": "x"}, "target: "),
        ({"values": "["}, "values: no JSON"),
        ({"values": json.dumps({"x": "much"}), "source": "-- @param x number 1"}, "x: must be"),
    ],
)
def test_what_cannot_be_tested_is_said(admin: Client, changed: dict[str, str], reason: str) -> None:
    answer = admin.post("/scripts/back-tests/", FIELDS | changed)
    assert answer.status_code == 200  # an error of the script is none of the page's
    assert reason in answer.json()["error"]
    assert not BackTest.objects.exists()


def test_who_may_not_begin_one_does_not(client: Client) -> None:
    client.force_login(a_user("viewer", "viewer", is_staff=True))
    assert client.post("/scripts/back-tests/", FIELDS).status_code == 403
