import json

import pytest
from django.urls import reverse

from alerts.lifecycle import process_round
from alerts.models import Alert
from tests.alerts.builders import NOON, a_host, said

pytestmark = pytest.mark.django_db

SERIES = [[1_764_000_000, 100.0, 90.0], [1_764_000_300, 400.0, 95.0]]
VALUES = {"value": 400.0, "lower": 45.0, "expected": 95.0, "upper": 145.0, "width": 3}


@pytest.fixture
def viewer(cast, client):
    client.force_login(cast["viewer"], "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def alert_with(interface, put):
    """Return the alert of a host whose check compared these values."""

    def make(values, address="192.0.2.7", check="flows_anomaly") -> Alert:
        told = said(0, check, values=json.dumps(values), attacker="host", victim="")
        put("host", [a_host(address, interface_id=interface.pk)], [told])
        process_round(NOON, releasing=False)
        return Alert.objects.get()

    return make


@pytest.fixture(params=["192.0.2.7", "2001:db8::7"])
def anomaly(request, alert_with) -> Alert:
    return alert_with({**VALUES, "series": json.dumps(SERIES)}, request.param)


def test_the_band_is_as_wide_everywhere_and_never_below_nothing(viewer, anomaly):
    drawn = viewer.get(reverse("alert-band", args=[anomaly.pk])).json()
    assert drawn["times"] == [1_764_000_000_000, 1_764_000_300_000]
    assert (drawn["lower"], drawn["upper"]) == ([40.0, 45.0], [140.0, 145.0])
    assert [line["values"] for line in drawn["lines"]] == [[100.0, 400.0], [90.0, 95.0]]
    assert (drawn["seconds"], drawn["unit"]) == (300, "count")


def test_the_page_draws_it_and_does_not_print_its_points(viewer, anomaly):
    text = viewer.get(reverse("alert", args=[anomaly.pk])).content.decode()
    assert 'data-chart="band"' in text
    assert "1764000000" not in text


def test_what_else_is_engaged_about_a_host_or_here_is_told(viewer, anomaly):
    page = viewer.get(reverse("alert", args=[anomaly.pk])).content.decode()
    assert "Also engaged about this host" in page
    Alert.objects.update(client=None, server=None, attacker=None, entity="eth0")
    other = Alert.objects.get()
    other.pk, other.check_key, other.identity = None, "traffic_behavior", "other"
    other.save()
    page = viewer.get(reverse("alert", args=[anomaly.pk])).content.decode()
    assert "Also engaged here" in page and reverse("alert", args=[other.pk]) in page


def test_an_alert_without_a_band_has_no_chart(viewer, alert_with):
    alert = alert_with({"syn": 3}, check="syn_flood")
    assert viewer.get(reverse("alert-band", args=[alert.pk])).status_code == 404
    assert "data-chart" not in viewer.get(reverse("alert", args=[alert.pk])).content.decode()
