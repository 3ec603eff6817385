"""Reports on their pages and over REST, for the cast of users."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from alerts.models import SavedReport
from alerts.reports import making
from alerts.reports.subject import Period
from alerts.tasks import make_report
from tests.monitoring import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The reports that were handed to the worker."""
    numbers: list[int] = []
    monkeypatch.setattr(make_report, "delay", numbers.append)
    return numbers


@pytest.fixture
def viewer() -> User:
    return builders.a_user("viewer", "viewer")


def saved(by: Any = None, **fields: Any) -> SavedReport:
    now = timezone.now()
    found = making.ask("site", "", Period(now - timedelta(days=1), now), "Europe/Rome", by)
    if fields.pop("made", True):
        assert making.make(found.pk)
    found.refresh_from_db()
    return found


def test_a_viewer_asks_for_a_report_watches_it_and_downloads_it(
    client: Client, viewer: User, asked: list[int]
) -> None:
    client.force_login(viewer)
    client.cookies["timezone"] = "America/New_York"
    answer = client.post("/reports/", {"kind": "host", "value": "2001:DB8::1", "period": "week"})
    (pk,) = asked
    assert answer["Location"] == f"/reports/{pk}/"
    one = SavedReport.objects.get()
    assert (one.kind, one.value, one.zone) == ("host", "2001:db8::1", "America/New_York")
    assert one.until - one.since >= timedelta(days=7, hours=-1)
    assert "every 1s" in client.get(f"/reports/{pk}/").content.decode()
    assert client.get(f"/reports/{pk}/report.pdf").status_code == 404
    assert make_report(pk)
    page = client.get(f"/reports/{pk}/").content.decode()
    assert "every 1s" not in page
    pdf = client.get(f"/reports/{pk}/report.pdf?download")
    assert pdf["Content-Disposition"].startswith('attachment; filename="report-host-2001-db8--1-')
    document = pypdfium2.PdfDocument(pdf.content)
    assert len(document) >= 1
    document.close()
    html = client.get(f"/reports/{pk}/report.html")
    assert "sandbox" in html["Content-Security-Policy"]
    assert "America/New_York" in html.content.decode()
    assert client.get(f"/reports/{pk}/report.exe").status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "host", "value": "nonsense"}, "does not appear to be"),
        ({"kind": "interface", "interface": "9999"}, "There is no interface"),
        ({"kind": "site", "period": "own"}, "Give a time from which"),
        (
            {
                "kind": "site",
                "period": "own",
                "since": "2026-01-02T00:00",
                "until": "2026-01-01T00:00",
            },
            "begins before it ends",
        ),
    ],
)
def test_what_cannot_be_reported_is_said(
    client: Client, viewer: User, asked: list[int], form: dict[str, str], said: str
) -> None:
    client.force_login(viewer)
    assert said in client.post("/reports/", form).content.decode()
    assert not asked


@pytest.mark.parametrize("lacks", ["view_savedreport", "view_alert", "view_interface"])
def test_who_may_not_see_all_of_it_sees_none(client: Client, viewer: User, lacks: str) -> None:
    rights = [*viewer.groups.get().permissions.exclude(codename=lacks)]
    viewer.groups.clear()
    viewer.user_permissions.set(rights)
    client.force_login(viewer)
    pk = saved().pk
    for path in ("/reports/", f"/reports/{pk}/", f"/reports/{pk}/report.pdf"):
        assert client.get(path).status_code == 403
    for path in ("", f"{pk}/", f"{pk}/pdf/", f"{pk}/html/"):
        assert client.get(f"/api/v1/reports/{path}").status_code == 403


def test_one_deletes_ones_own_and_not_others(client: Client, viewer: User) -> None:
    client.force_login(viewer)
    own, other = saved(viewer), saved()
    assert client.post(f"/reports/{own.pk}/delete/").status_code == 302
    assert client.post(f"/reports/{other.pk}/delete/").status_code == 403
    assert SavedReport.objects.get() == other


def test_the_list_takes_the_same_queries_however_long(
    client: Client, viewer: User, django_assert_max_num_queries: Any
) -> None:
    client.force_login(viewer)
    for _ in range(5):
        saved(viewer)
    with django_assert_max_num_queries(12):
        assert client.get("/reports/?kind=host&value=10.0.0.1").status_code == 200


def test_rest_makes_watches_and_gives_a_report(
    client: Client, viewer: User, asked: list[int]
) -> None:
    token = builders.a_token(viewer)
    how = {"headers": {"Authorization": f"Token {token}"}}
    said = {"kind": "network", "value": "10.0.0.0/8", "every": "month", "zone": "Europe/Rome"}
    answer = client.post("/api/v1/reports/", said, "application/json", **how)
    assert answer.status_code == 202, answer.content
    pk = answer.json()["id"]
    assert asked == [pk]
    assert client.get(f"/api/v1/reports/{pk}/", **how).json()["state"] == "waiting"
    assert client.get(f"/api/v1/reports/{pk}/pdf/", **how).status_code == 404
    assert make_report(pk)
    assert client.get(f"/api/v1/reports/{pk}/", **how).json()["percent"] == 100
    assert client.get(f"/api/v1/reports/{pk}/pdf/", **how).content.startswith(b"%PDF-")
    assert b"10.0.0.0/8" in client.get(f"/api/v1/reports/{pk}/html/", **how).content
    (row,) = client.get("/api/v1/reports/?kind=network", **how).json()["results"]
    assert row["id"] == pk
    assert "document" not in row


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "planet", "every": "day"}, "kind"),
        ({"kind": "host", "value": "x", "every": "day"}, "value"),
        ({"kind": "site"}, "since"),
        ({"kind": "site", "every": "day", "zone": "Mars/Olympus"}, "since"),
        ({"kind": "site", "since": "2026-11-24T00:00Z", "until": "2026-11-23T00:00Z"}, "since"),
    ],
)
def test_rest_names_what_is_wrong(
    client: Client, viewer: User, asked: list[int], said: dict[str, str], field: str
) -> None:
    client.force_login(viewer)
    answer = client.post("/api/v1/reports/", said, "application/json")
    assert answer.status_code == 400
    assert field in answer.content.decode()
    assert not asked


def test_a_report_that_fails_says_so_and_is_not_made_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    one = saved(made=False)

    def broken(*_: object) -> None:
        raise RuntimeError("no paper")

    monkeypatch.setattr(making, "build", broken)
    assert not making.make(one.pk)
    assert not making.make(one.pk)
    one.refresh_from_db()
    assert (one.state, one.error) == ("failed", "RuntimeError: no paper")


def test_a_report_whose_worker_died_is_given_up_and_old_ones_go() -> None:
    one = saved(made=False)
    now = timezone.now()
    assert making.give_up_lost(now + timedelta(minutes=14)) == 0
    assert making.give_up_lost(now + timedelta(minutes=16)) == 1
    one.refresh_from_db()
    assert "its worker ended" in one.error
    assert making.delete_old(now + timedelta(days=89)) == 0
    assert making.delete_old(now + timedelta(days=91)) == 1


def test_nobody_fills_the_queue() -> None:
    for _ in range(20):
        saved(made=False)
    with pytest.raises(ValueError, match="try again"):
        saved(made=False)
