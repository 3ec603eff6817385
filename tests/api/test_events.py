"""Events of other programs become findings, and alerts."""

from __future__ import annotations

import pytest

from alerts.models import Finding
from checks.models import CheckSetting, sync_settings
from tests.api.problems import reasons
from tests.monitoring import builders

URL = "/api/v1/events/"


@pytest.fixture
def api(cast):
    sync_settings()
    return cast.api("operator", may_ingest=True)


@pytest.mark.parametrize(
    ("about", "family", "entity"),
    [
        ({"client": "10.0.0.1"}, "host", "10.0.0.1"),
        ({"server": "2001:db8::1", "vlan": 7}, "host", "2001:db8::1@7"),
        ({"client": "10.0.0.1", "server": "192.0.2.1"}, "flow", "10.0.0.1 → 192.0.2.1"),
        ({"entity": "printer"}, "system", "printer"),
        ({"interface": "eth0"}, "interface", None),
    ],
)
def test_an_event_is_a_finding_when_it_is_answered(api, about, family, entity):
    interface = builders.an_interface("eth0")
    answer = api.post(URL, {"key": "k", "title": "Port scan", "severity": "critical", **about})
    assert answer.status_code == 201, answer.data
    finding = Finding.objects.get()
    assert (finding.check_key, finding.family) == ("external_alert_check", family)
    assert finding.entity == (entity or str(interface.pk))
    assert (finding.score, finding.severity, finding.message) == (200, "critical", "Port scan")


def test_the_same_event_again_is_no_new_one(api):
    event = {"key": "k", "title": "Port scan", "client": "10.0.0.1"}
    assert [api.post(URL, event).status_code for _ in range(3)] == [201, 200, 200]
    assert Finding.objects.count() == 1
    other = api.post(URL, {**event, "title": "Another"})
    assert (other.status_code, other["Content-Type"]) == (409, "application/problem+json")


def test_released_ends_what_waits_and_once_is_over_at_once(api):
    event = {"title": "Down", "entity": "printer", "identity": "p"}
    assert api.post(URL, {**event, "key": "1", "state": "engaged"}).status_code == 201
    assert Finding.objects.get().cooldown == 86_400
    assert api.post(URL, {**event, "key": "2", "state": "released"}).status_code == 201
    assert Finding.objects.get().cooldown == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x", "client": "10.0.0.1"}, "key"),
        ({"key": "1", "title": "x"}, "entity"),
        ({"key": "1", "title": "x", "client": "10.0.0.300"}, "client"),
        ({"key": "1", "title": "x", "client": "10.0.0.1", "score": 251}, "score"),
        ({"key": "1", "title": "x", "client": "10.0.0.1", "score": "9"}, "score"),
        ({"key": "1", "title": "x", "entity": "y", "score": 1, "severity": "info"}, "severity"),
        ({"key": "1", "title": "x", "entity": "y", "interface": "eth9"}, "interface"),
        ({"key": "1", "title": "x", "entity": "y", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_event_is_refused_by_field(api, body, field):
    assert list(reasons(api.post(URL, body))) == [field]
    assert not Finding.objects.exists()


def test_nothing_is_taken_while_the_check_is_off(api):
    CheckSetting.objects.filter(key="external_alert_check").update(is_enabled=False)
    answer = api.post(URL, {"key": "k", "title": "x", "entity": "y"})
    assert answer.status_code == 409 and "is off" in answer.json()["detail"]


def test_a_viewer_posts_none(cast):
    sync_settings()
    api = cast.api("viewer", may_ingest=True)
    assert api.post(URL, {"key": "k", "title": "x", "entity": "y"}).status_code == 403
