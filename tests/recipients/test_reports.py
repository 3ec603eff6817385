"""Reports by mail: scheduled ones, and those of an alert's host beside the alert."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from alerts.lifecycle import process_round
from alerts.models import Alert, SavedReport
from alerts.reports import making
from recipients import reports, rounds
from recipients.models import Delivery, ReportSchedule
from tests.recipients.builders import (
    NOON,
    a_recipient,
    an_alert,
    an_endpoint,
    an_event,
    waiting,
)
from tests.recipients.endpoints.test_email import smtp as smtp

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(smtp: Any, loopback: Any) -> Any:
    """A recipient of an SMTP server of the test; ``mail.read()`` returns what came."""
    said = {"server": "127.0.0.1", "port": smtp.port, "sender": "ntopweb@example.org"}

    def recipient(name: str = "boss", **how: Any) -> Any:
        endpoint = an_endpoint("email", **said, username="ops", password="pw", **how)
        return a_recipient(name, endpoint, parameters={"to": ["boss@example.org"]})

    def read() -> list[Any]:
        raw = [envelope.content for _, envelope in smtp.mails]
        return [email.message_from_bytes(one, policy=email.policy.default) for one in raw]

    smtp.recipient, smtp.read = recipient, read
    return smtp


def a_schedule(*to: Any, **fields: Any) -> ReportSchedule:
    said = {"name": "weekly", "kind": "site", "every": "week", "hour": 7, "zone": "Europe/Rome"}
    schedule = ReportSchedule(**{**said, **fields})
    schedule.full_clean()
    schedule.save()
    schedule.recipients.set(to)
    return schedule


def files_of(mail: Any) -> list[tuple[str, bytes]]:
    return [(one.get_filename(), one.get_content()) for one in mail.iter_attachments()]


def test_a_scheduled_report_comes_as_a_mail_with_the_pdf(mail: Any, worker: Any) -> None:
    to = mail.recipient()
    an_alert(at=NOON - timedelta(days=5), message="<b>bold</b>")
    assert reports.send(a_schedule(to).pk, NOON) == 1
    worker.work(to.pk)
    (found,) = mail.read()
    assert found["Subject"].startswith("Site report: The whole site, 16 November 2026, 00:00")
    assert "1 alert engaged" in found.get_body(("plain",)).get_content()
    assert "Times are in Europe/Rome." in found.get_body(("html",)).get_content()
    ((name, pdf),) = files_of(found)
    assert name.endswith(".pdf")
    assert pdf.startswith(b"%PDF-")
    assert Delivery.objects.get().state == "sent"


def test_a_schedule_that_runs_twice_sends_once(mail: Any, worker: Any) -> None:
    schedule = a_schedule(mail.recipient())
    assert [reports.send(schedule.pk, NOON) for _ in range(3)] == [1, 0, 0]
    assert reports.send(schedule.pk, NOON + timedelta(days=7)) == 1
    assert SavedReport.objects.count() == 2


def test_only_recipients_who_take_reports_get_one(mail: Any) -> None:
    hook = a_recipient("hook")
    off = mail.recipient("off")
    type(off).objects.filter(pk=off.pk).update(is_enabled=False)
    assert reports.send(a_schedule(hook, off).pk, NOON) == 0
    assert waiting() == []


def test_a_report_that_was_deleted_is_told_as_such(mail: Any, worker: Any) -> None:
    to = mail.recipient()
    reports.send(a_schedule(to).pk, NOON)
    SavedReport.objects.all().delete()
    worker.work(to.pk)
    (found,) = mail.read()
    assert "deleted" in found["Subject"]
    assert files_of(found) == []


def test_a_report_that_cannot_be_made_is_a_system_alert(
    mail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no paper")

    monkeypatch.setattr(making, "build", broken)
    assert reports.send(a_schedule(mail.recipient()).pk, NOON) == 0
    process_round(NOON)
    alert = Alert.objects.get()
    assert (alert.check_key, alert.entity) == ("report_failed", "weekly")
    assert "no paper" in alert.message


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1"])
def test_an_alert_carries_the_report_of_its_host_where_that_is_asked_for(
    mail: Any, worker: Any, host: str
) -> None:
    with_report, without = mail.recipient("with", attach_report=True), mail.recipient("without")
    an_event(an_alert(entity=host, client=host, attacker=host))
    rounds.decide(NOON)
    for to in (with_report, without):
        worker.work(to.pk)
    first, second = mail.read()
    ((name, pdf),) = files_of(first)
    assert name == f"report-host-{host.replace('.', '-').replace(':', '-')}.pdf"
    assert pdf.startswith(b"%PDF-")
    assert files_of(second) == []


def test_an_alert_does_not_wait_for_a_report_that_fails(
    mail: Any, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no paper")

    monkeypatch.setattr(making, "build", broken)
    to = mail.recipient(attach_report=True)
    an_event()
    rounds.decide(NOON)
    assert worker.work(to.pk) == 1
    (found,) = mail.read()
    assert files_of(found) == []


@pytest.mark.parametrize(
    ("every", "day_of_week", "day_of_month"),
    [("day", "*", "*"), ("week", "1", "*"), ("month", "*", "1")],
)
def test_celery_beat_runs_it_when_the_period_is_over(
    every: str, day_of_week: str, day_of_month: str
) -> None:
    schedule = a_schedule(every=every, hour=6)
    task = PeriodicTask.objects.get(task="recipients.tasks.send_report")
    when = task.crontab
    assert (when.hour, when.day_of_week, when.day_of_month) == ("6", day_of_week, day_of_month)
    assert str(when.timezone) == "Europe/Rome"
    assert (task.args, task.enabled) == (f"[{schedule.pk}]", True)
    schedule.is_enabled, schedule.hour = False, 8
    schedule.save()
    task.refresh_from_db()
    assert (task.crontab.hour, task.enabled) == ("8", False)
    schedule.delete()
    assert not PeriodicTask.objects.filter(pk=task.pk).exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "host", "value": "x"}, "value"),
        ({"kind": "network", "value": "2001:db8::/999"}, "value"),
        ({"kind": "interface", "value": "77"}, "value"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"hour": 24}, "hour"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        a_schedule(**fields)
    assert field in caught.value.message_dict


def test_the_admin_offers_recipients_who_take_reports(client: Any, cast: Any, mail: Any) -> None:
    mail.recipient("by mail")
    a_recipient("by hook")
    client.force_login(cast.admin)
    client.cookies["timezone"] = "America/New_York"
    page = client.get(reverse("admin:recipients_reportschedule_add")).content.decode()
    assert "by mail" in page
    assert "by hook" not in page
    assert 'value="America/New_York"' in page
    said = {"name": "daily", "kind": "host", "value": "10.0.0.1", "every": "day", "hour": "7"}
    said |= {"zone": "Europe/Rome", "is_enabled": "on"}
    said["recipients"] = str(mail.recipient("also").pk)
    answer = client.post(reverse("admin:recipients_reportschedule_add"), said)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert ReportSchedule.objects.get().task.enabled
    listed = client.get(reverse("admin:recipients_reportschedule_changelist")).content.decode()
    assert "07:05 Europe/Rome" in listed
