"""Back-tests: the same code over stored rows says the same as live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from django.utils import timezone

from capture_agent.schema import FLOW
from checks import settings_store
from checks.backtests import running, stored, subjects
from checks.backtests.subjects import Subject, why_not
from checks.backtests.summary import Summary
from checks.exclusions import Exclusions
from checks.models import BackTest, CheckSetting, Exclusion, Mode, Override, UserRule, sync_settings
from checks.registry import discover
from checks.runner import Active
from monitoring.enrichment import context as enrichment
from monitoring.enrichment.rows import enrich_flows
from monitoring.models import LocalNetwork
from tests.alerts import builders
from tests.checks.language import rows

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 11, 24, tzinfo=UTC)
SINCE, UNTIL = DAY, DAY + timedelta(days=1)


@pytest.fixture
def flows(monkeypatch):
    """Flows of both IP versions as they come live, enriched and stored, in several portions."""
    monkeypatch.setattr(stored, "PORTION", 20)
    LocalNetwork.objects.all().delete()
    LocalNetwork.objects.create(network="10.0.0.0/8")
    LocalNetwork.objects.create(network="2001:db8::/32")
    context = enrichment.build()
    wire = rows.flows(120, seed=3).select(list(FLOW))
    live = enrich_flows(wire, context, 1)
    rows.save(live)
    sync_settings()
    return live, context


def everything():
    """All flow checks with an override, an exclusion and a rule."""
    CheckSetting.objects.update(is_enabled=True)
    UserRule(
        title="Own",
        mode=Mode.ENABLED,
        condition="bytes_to_server > 7 OR server_name LIKE '%a%'",
        message="{client} {tls_sha1} {last_seen}",
    ).keep()
    Override(check_key="tls_certificate_selfsigned", network="2001:db8::/32", score=3).keep()
    Exclusion(host="10.0.0.7", reason="x").keep()
    Exclusion(domain="example.com", reason="x").keep()
    return subjects.of({"all": True})


def test_a_back_test_equals_the_live_evaluation_of_the_same_rows(flows):
    live, context = flows
    subject = everything()
    found = settings_store.build_runner().evaluate("flow", live)
    assert found.findings.height > 100 and found.excluded.height > 10
    result = running.over(subject, SINCE, UNTIL, context)
    assert result["rows"] == live.height and result["failures"] == {}
    counted = dict(found.findings["check"].value_counts().iter_rows())
    assert result["proposed"]["by_check"] == dict(sorted(counted.items(), key=lambda e: -e[1]))
    assert result["proposed"]["findings"] == found.findings.height
    assert sum(bar["findings"] for bar in result["proposed"]["timeline"]) == found.findings.height


def test_every_finding_is_the_same_to_the_word(flows):
    live, context = flows
    subject = everything()
    runner = settings_store.Runner(subject.proposed, subject.exclusions)
    columns = runner.plans["flow"].columns
    parts = [stored.read(part, columns, context) for part in stored.portions(SINCE, UNTIL)]
    assert len(parts) > 3
    again = pl.concat(parts)
    assert told(runner, again) == told(runner, live)


def told(runner, table):
    findings = runner.evaluate("flow", table).findings
    with_ids = findings.with_columns(table["flow_id"][findings["row"]]).drop("row")
    return with_ids.sort("flow_id", "check", "identity", "message").to_dicts()


def test_only_what_checks_read_is_read(flows):
    _, context = flows
    (part, *_) = stored.portions(SINCE, UNTIL)
    table = stored.read(part, {"bytes_to_server", "name_list"}, context)
    assert table["bytes_to_server"].null_count() == 0
    assert table["packets_to_server"].null_count() == table.height
    assert set(table["interface_id"]) <= set(rows.flows()["interface_id"])


def a_back_test(**subject):
    test = BackTest.objects.create(subject=subject, title="t", since=SINCE, until=UNTIL)
    running.run(test.pk)
    test.refresh_from_db()
    return test


def test_a_change_is_compared_with_the_present_settings(flows):
    rule = UserRule(title="Own", mode=Mode.ENABLED, condition="bytes_to_server > 7")
    rule.keep()
    draft = {"key": rule.key, "title": "Own", "condition": "bytes_to_server > 443"}
    test = a_back_test(rule=draft)
    assert test.state == "done" and test.error == ""
    proposed, present = test.result["proposed"], test.result["present"]
    table = flows[0]
    assert proposed["findings"] == table.filter(pl.col("bytes_to_server") > 443).height
    assert present["findings"] == table.filter(pl.col("bytes_to_server") > 7).height
    assert test.result["only_present"] == present["findings"] - proposed["findings"] > 0
    assert test.result["only_proposed"] == 0
    assert proposed["examples"][0]["flow_id"] in table["flow_id"]
    assert {"settings", "lists", "at"} == set(test.pinned)
    assert (test.rows_done, test.rows_total, test.percent) == (table.height, table.height, 100)


def test_alerts_are_counted_by_identity_and_cool_down(flows):
    _, context = flows
    draft = {"title": "Own", "condition": "l4 >= 0", "identity": "interface_id", "cooldown": 86_400}
    subject = subjects.of({"rule": draft})
    one = running.over(subject, SINCE, UNTIL, context)["proposed"]
    interfaces = set(flows[0]["interface_id"])
    assert one["alerts"] == len(interfaces) and one["findings"] == flows[0].height
    several = subjects.of({"rule": {**draft, "cooldown": 1.0}})
    assert running.over(several, SINCE, UNTIL, context)["proposed"]["alerts"] > len(interfaces)


def test_each_example_is_another_flow(db):
    """A long flow has many rows."""
    table = builders.table("flow", [builders.a_flow(flow_id=number // 9) for number in range(45)])
    one = {"check": "c", "identity": "i", "cooldown": 1.0, "attacker": "client", "score": 9}
    findings = pl.DataFrame([{**one, "row": row, "message": "m"} for row in range(45)])
    summary = Summary(SINCE, UNTIL)
    for _ in range(2):
        summary.add(table, findings)
    assert [example["flow_id"] for example in summary.examples] == [0, 1, 2, 3, 4]
    assert summary.findings == 90


@pytest.mark.parametrize(("subject", "reason"), [
    ({"check": "syn_flood"}, "Only flows can be back-tested: of what this check looks at"),
    ({"check": "none"}, "there is no check 'none'"),
    ({"rule": {"title": "x", "condition": "foo = 1"}}, "condition: 'foo' is no column"),
    ({"rule": {"title": "x", "condition": "l4 = 1", "events": ["start"]}}, "rows “start” are gone"),
])  # fmt: skip
def test_what_cannot_be_tested_says_why(db, subject, reason):
    sync_settings()
    test = a_back_test(**subject)
    assert test.state == "failed" and reason in test.error and test.finished_at is not None


def test_it_says_what_is_different_from_live(db):
    sync_settings()
    key = next(k for k, c in discover().items() if c.frame == "flow" and "detected" in c.events)
    assert "rows “detected” too" in subjects.of({"check": key}).notes[0]
    assert why_not(discover()[key]) == ""


def test_a_back_test_can_be_cancelled(flows):
    _, context = flows
    kind = discover()["tls_certificate_selfsigned"]
    subject = Subject([Active(kind(), 1, 1)], [], Exclusions(), [])
    seen = []

    def goes_on(done):
        seen.append(done)
        return len(seen) < 3

    with pytest.raises(running.CancelledError):
        running.over(subject, SINCE, UNTIL, context, lambda done, total: goes_on(done))
    assert len(seen) == 3


def test_a_back_test_runs_once(db):
    test = BackTest.objects.create(
        subject={"check": "none"}, title="t", since=SINCE, until=UNTIL, state="cancelled"
    )
    running.run(test.pk)
    test.refresh_from_db()
    assert test.state == "cancelled" and test.finished_at is None


def test_no_rows_are_no_findings(db):
    sync_settings()
    now = timezone.now()
    subject = subjects.of({"rule": {"title": "x", "condition": "l4 = 6"}})
    result = running.over(subject, now - timedelta(hours=1), now, enrichment.build())
    assert result["rows"] == 0 and result["proposed"]["findings"] == 0


def test_a_flow_is_read_with_all_its_rows(flows):
    live, context = flows
    flow_id = int(live["flow_id"][5])
    assert stored.read_flow(flow_id, context)["flow_id"].to_list() == [flow_id]
