"""Alerts where they are shown beside other things: dashboard and a host's page."""

from datetime import timedelta

import pytest

from alerts.models import Alert
from alerts.severity import severity_of
from tests.monitoring import builders
from tests.monitoring.builders import NOON


def _an_alert(score=100, **fields):
    interface = fields.pop("interface", None) or builders.an_interface()
    number = Alert.objects.count()
    times = dict.fromkeys(("first_seen", "last_seen", "engaged_at", "noted_at", "quiet_at"), NOON)
    return Alert.objects.create(
        **{
            **times,
            "check_key": "flow_flood",
            "check_id": 1,
            "family": "host",
            "frame": "host",
            "interface": interface,
            "identity": str(number),
            "entity": "10.0.0.1",
            "score": score,
            "severity": str(severity_of(score)),
            "count": 3,
            "cooldown": 60,
            "message": f"Alert number {number}",
            **fields,
        }
    )


def test_the_dashboard_shows_the_gravest_engaged_alerts(cast):
    for score in (10, 150, 200, 50, 20, 30, 40):
        _an_alert(score)
    _an_alert(250, state="released")
    answer = cast.client("viewer").get("/admin/")
    assert [alert.score for alert in answer.context["alerts"]] == [200, 150, 50, 40, 30, 20]
    assert answer.context["engaged"] == 7
    assert "Alert number 2" in answer.content.decode()


@pytest.mark.parametrize("address", ["10.0.0.1", "2001:db8::1"])
def test_a_host_shows_the_alerts_it_is_in_engaged_ones_first(cast, address):
    host = builders.a_host(address)
    _an_alert(250, client=address, state="released", released_at=NOON)
    _an_alert(50, server=address)
    _an_alert(200, client="10.9.9.9")
    _an_alert(200, client=address, interface=builders.an_interface("eth1"))
    answer = cast.client("viewer").get(f"/hosts/{host.pk}/alerts/")
    assert [alert.message for alert in answer.context["alerts"]] == [
        "Alert number 1",
        "Alert number 0",
    ]


def test_a_host_without_alerts_says_so(cast):
    host = builders.a_host("10.0.0.1", seen=NOON - timedelta(days=1))
    text = cast.client("viewer").get(f"/hosts/{host.pk}/alerts/").content.decode()
    assert "No check has found anything" in text


def test_who_may_not_see_alerts_does_not(cast):
    host = builders.a_host("10.0.0.1")
    assert cast.client("stranger").get(f"/hosts/{host.pk}/alerts/").status_code == 403
