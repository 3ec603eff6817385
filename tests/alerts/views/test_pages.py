from datetime import UTC, datetime

import pytest
from django.urls import reverse

from alerts.lifecycle import process_round
from alerts.models import Alert, Watermark
from tests.alerts.builders import NOON, a_flow, a_host, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def browse(cast, client):
    """Return the browser of one of the cast."""

    def browse(who):
        client.force_login(cast[who], "django.contrib.auth.backends.ModelBackend")
        return client

    return browse


@pytest.fixture
def alerts(interface, put):
    """A blacklisted flow of IPv4, one of IPv6, and a flooding host."""
    values = '{"measured": 312, "threshold": 256}'
    put(
        "flow",
        [
            a_flow(interface_id=interface.pk, server_name="<script>alert(1)</script>"),
            a_flow("2001:db8::1", "2001:db8::2", interface_id=interface.pk, flow_id=2),
        ],
        [
            said(0, message="<b>bad</b>", values=values),
            said(1, identity="v6", score=200, check="elephant_flows", check_id=9),
        ],
    )
    host = a_host("10.0.0.9", interface_id=interface.pk)
    put(
        "host", [host], [said(0, "syn_flood", check_id=3, identity="h", attacker="host", victim="")]
    )
    process_round(NOON, releasing=False)
    return {alert.identity: alert for alert in Alert.objects.all()}


def test_the_list_shows_open_alerts_with_titles_and_counts(browse, alerts):
    text = browse("viewer").get(reverse("alerts")).content.decode()
    for words in ("SYN Flood", "10.0.0.9", "2001:db8::1", "192.0.2.1", "1 critical"):
        assert words in text
    assert "&lt;b&gt;bad&lt;/b&gt;" in text and "<b>bad" not in text


@pytest.mark.parametrize(
    ("query", "identities"),
    [
        ("", {"same", "v6", "h"}),
        ("family=host", {"h"}),
        ("severity=critical", {"v6"}),
        ("search=10.0.0.0/24", {"same", "h"}),
        ("search=2001:db8::/32", {"v6"}),
        ("check=syn_flood", {"h"}),
        ("state=acknowledged", set()),
        ("state=all&ordering=-score", {"same", "v6", "h"}),
        ("state=nonsense&family=nonsense&cursor=", {"same", "v6", "h"}),
    ],
)
def test_filters_leave_what_they_say(browse, alerts, query, identities):
    page = browse("viewer").get(f"{reverse('alerts')}?{query}").context["page"]
    assert {alert.identity for alert in page.rows} == identities


def test_an_empty_list_says_why(browse):
    page = reverse("alerts")
    assert "Nothing is wrong" in browse("viewer").get(page).content.decode()
    text = browse("viewer").get(f"{page}?severity=error").content.decode()
    assert "No alert fits this filter" in text


def test_when_all_is_acknowledged_the_list_says_so(browse, alerts):
    Alert.objects.update(acknowledged_at=NOON)
    assert "Everything is acknowledged" in browse("viewer").get(reverse("alerts")).content.decode()


def test_htmx_gets_the_table_and_the_tabs_alone(browse, alerts):
    text = browse("viewer").get(reverse("alerts"), headers={"HX-Request": "true"}).content.decode()
    assert 'id="alerts"' in text and 'hx-swap-oob="true"' in text
    assert "<html" not in text


def test_an_alert_shows_its_evidence(browse, alerts):
    text = browse("viewer").get(reverse("alert", args=[alerts["same"].pk])).content.decode()
    for words in ("312", "Threshold", "256", "attacker", "victim", "Timeline", "Engaged"):
        assert words in text
    assert "&lt;script&gt;" in text and "<script>alert(1)" not in text
    assert reverse("flow", args=[1]) in text


def test_an_attack_is_named_with_its_page(browse, alerts):
    text = browse("viewer").get(reverse("alert", args=[alerts["h"].pk])).content.decode()
    assert "https://attack.mitre.org/techniques/T1498/001/" in text


def test_silence_of_a_live_interface_is_explained(browse, alerts):
    Watermark.objects.update(heard_at=datetime(2026, 1, 1, tzinfo=UTC))
    text = browse("viewer").get(reverse("alert", args=[alerts["same"].pk])).content.decode()
    assert "has not been heard of" in text


@pytest.mark.parametrize(
    ("action", "said_", "kinds"),
    [
        ("acknowledge", "known", ["engaged", "acknowledged"]),
        ("comment", "hm", ["engaged", "commented"]),
        ("release", "", ["engaged", "released"]),
        ("release", "done", ["engaged", "commented", "released"]),
        ("comment", "", ["engaged"]),
    ],
)
def test_an_operator_acts_on_one(browse, alerts, action, said_, kinds):
    alert = alerts["same"]
    url = reverse("alert-act", args=[alert.pk])
    response = browse("operator").post(url, {"action": action, "comment": said_}, follow=True)
    assert response.status_code == 200
    assert list(alert.events.values_list("kind", flat=True)) == kinds


@pytest.mark.parametrize(("action", "state"), [("acknowledge", "engaged"), ("release", "released")])
def test_an_operator_acts_on_several(browse, alerts, action, state):
    chosen = [alerts["same"].pk, alerts["h"].pk]
    form = {"alert": [*chosen, "x"], "action": action, "next": "/alerts/?family=host"}
    response = browse("operator").post(reverse("alerts-act"), form)
    assert response["Location"] == "/alerts/?family=host"
    assert set(Alert.objects.filter(pk__in=chosen).values_list("state", flat=True)) == {state}
    assert Alert.objects.get(identity="v6").events.count() == 1


def test_nobody_is_sent_to_another_site(browse, alerts):
    form = {"alert": [], "next": "https://example.com/"}
    response = browse("operator").post(reverse("alerts-act"), form)
    assert response["Location"] == reverse("alerts")


@pytest.mark.parametrize(
    ("who", "sees", "acts"),
    [("admin", 200, 302), ("operator", 200, 302), ("viewer", 200, 403), ("stranger", 403, 403)],
)
def test_who_may_see_and_act(browse, alerts, who, sees, acts):
    client, pk = browse(who), alerts["same"].pk
    assert client.get(reverse("alerts")).status_code == sees
    assert client.get(reverse("alert", args=[pk])).status_code == sees
    assert client.post(reverse("alert-act", args=[pk]), {"action": "release"}).status_code == acts
    assert client.post(reverse("alerts-act"), {"alert": [pk]}).status_code == acts


def test_a_viewer_is_offered_no_buttons(browse, alerts):
    text = browse("viewer").get(reverse("alert", args=[alerts["same"].pk])).content.decode()
    assert reverse("alert-act", args=[alerts["same"].pk]) not in text


def test_nobody_is_led_to_the_login(client, alerts):
    response = client.get(reverse("alerts"))
    assert response.status_code == 302 and "login" in response["Location"]


def test_the_list_costs_the_same_queries_for_any_number(
    browse, alerts, django_assert_max_num_queries
):
    client = browse("viewer")
    client.get(reverse("alerts"))
    with django_assert_max_num_queries(14):
        client.get(reverse("alerts"))
