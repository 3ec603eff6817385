"""The platform's own parts as a frame, and what the checks say of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache

from alerts.models import Finding
from checks.runner import Active, Runner
from checks.schedule import SCHEDULE
from monitoring.models import Agent, BlacklistSource, Interface
from ntopweb import derived, platform, task_times
from ntopweb.schedule import seed
from tests.checks.builders import the
from tests.checks.learning.builders import NOW

pytestmark = pytest.mark.django_db
KEYS = (
    "periodic_activity_not_executed", "slow_periodic_activity", "interface_dropped_alerts",
    "dropped_alerts", "system_error", "not_purged", "list_download_failed", "login_failed",
)  # fmt: skip
RUNNER = Runner(Active(the(key), number, 50) for number, key in enumerate(KEYS, 1))
TASK = "ntopweb.tasks.run_derived_checks"


@pytest.fixture(autouse=True)
def _seeded():
    cache.clear()
    seed()
    yield
    cache.clear()


def fired():
    ((_, table),) = platform.look(NOW)
    return {
        (row["check"], row["identity"])
        for row in RUNNER.evaluate("platform", table).findings.iter_rows(named=True)
    }


def test_all_is_well_where_nothing_is_known():
    assert fired() == set()


@pytest.mark.parametrize(("ago", "seconds", "keys"), [
    (89, 1.0, set()),
    (91, 1.0, {"periodic_activity_not_executed"}),
    (5, 15.1, {"slow_periodic_activity"}),
])  # fmt: skip
def test_a_task_is_late_or_slow(ago, seconds, keys):
    task_times.note_run(TASK, seconds, NOW.timestamp() - ago)
    assert {check for check, _ in fired()} == keys


def test_a_task_that_fails_is_told_with_its_error():
    task_times.note_failure(TASK, "ValueError: no")
    task_times.note_failure(TASK, "ValueError: still no")
    ((_, table),) = platform.look(NOW)
    (found,) = RUNNER.evaluate("platform", table).findings.to_dicts()
    assert found["message"] == "Checks over minutes failed 2 times: ValueError: still no"


def test_batches_that_an_agent_lost_are_told_once():
    agent = Agent.objects.create(name="lab", token_hash="x", counters={"spool_drops": 5})
    assert fired() == set()
    Agent.objects.filter(pk=agent.pk).update(counters={"spool_drops": 7, "rejected_batches": 1})
    assert fired() == {("interface_dropped_alerts", "lab")}
    assert fired() == set()


def test_lists_logins_and_exporters():
    BlacklistSource.objects.all().delete()
    BlacklistSource.objects.create(name="Feodo", location="x.txt", error="404")
    attempt = AccessAttempt.objects.create(
        username="admin", ip_address="2001:db8::1", failures_since_start=3, attempt_time=NOW
    )
    AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=NOW)
    assert fired() == {("list_download_failed", "Feodo"), ("login_failed", "2001:db8::1")}
    AccessAttempt.objects.update(attempt_time=NOW - timedelta(minutes=6))
    agent = Agent.objects.create(name="lab", token_hash="x")
    Interface.objects.create(agent=agent, name="r1", kind="netflow", last_seen=NOW)
    ((_, table),) = platform.look(NOW)
    (row,) = table.filter(kind="exporters").to_dicts()
    assert row["value"] == 1


def test_findings_reach_the_queue():
    task_times.note_failure(TASK, "ValueError: no")
    assert derived.run(NOW, platform.look) == 1
    finding = Finding.objects.exclude(family="progress").get()
    assert (finding.check_key, finding.family, finding.entity) == (
        "system_error", "system", "Checks over minutes",
    )  # fmt: skip
    assert finding.last_seen == NOW


def test_the_tasks_are_there():
    from ntopweb.celery import app

    app.loader.import_default_modules()
    assert {task for _, task, _ in SCHEDULE} <= set(app.tasks)
    assert "ntopweb.task_times" in app.conf.include
