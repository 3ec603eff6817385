"""What the clock's checks find reaches the queue of findings, and a failing check is one alert."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.models import Finding
from checks import tasks
from checks.models import CheckSetting, sync_settings
from checks.schedule import SCHEDULE
from checks.settings_store import forget_runner
from monitoring.models import Agent, Interface
from ntopweb import failed_checks, periodic
from tests.checks.test_periodic import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _present_settings():
    sync_settings()
    forget_runner()
    yield
    forget_runner()


def test_a_silent_interface_is_a_finding():
    agent = Agent.objects.create(name="lab", token_hash="x")
    Interface.objects.create(agent=agent, name="eth0", kind="live", last_seen=NOW)
    Interface.objects.update(first_seen=NOW - timedelta(hours=1))
    assert periodic.run(NOW + timedelta(seconds=30)) == 1
    finding = Finding.objects.exclude(family="progress").get()
    assert (finding.check_key, finding.family, finding.score) == (
        "no_if_activity",
        "interface",
        250,
    )
    assert finding.message == "eth0 of lab sees no traffic"
    assert finding.last_seen == NOW + timedelta(seconds=30)


def test_no_interfaces_are_no_findings():
    assert periodic.run(NOW) == 0


def test_a_failed_check_is_one_alert_and_stays_stopped():
    failures = [("syn_flood", "ComputeError: no")]
    assert failed_checks.stop(failures, NOW) == ["syn_flood"]
    assert failed_checks.stop(failures, NOW) == []
    assert failed_checks.stop([], NOW) == []
    finding = Finding.objects.get()
    assert (finding.check_key, finding.family) == ("check_quarantined", "system")
    assert "ComputeError: no" in finding.message
    assert not CheckSetting.objects.get(key="syn_flood").is_running


def test_the_schedule_names_tasks_that_there_are(settings):
    from ntopweb.celery import app

    app.loader.import_default_modules()
    assert {task for _, task, _ in SCHEDULE} <= set(app.tasks)


def test_the_task_reads_lists(monkeypatch):
    monkeypatch.setattr(tasks, "refresh_due", lambda now: 3)
    assert tasks.refresh_blacklists() == 3
