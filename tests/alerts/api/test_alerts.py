from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from alerts.lifecycle import process_round
from alerts.models import Alert
from monitoring.models import ApiToken
from tests.alerts.builders import NOON, a_flow, a_host, said
from tests.api.problems import reasons

pytestmark = pytest.mark.django_db
URL = "/api/v1/alerts/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def api(cast):
    """Return the client of one of the cast; "nobody" has not logged in."""

    def api(who="viewer"):
        client = APIClient()
        if who != "nobody":
            client.force_login(cast[who], "django.contrib.auth.backends.ModelBackend")
        return client

    return api


@pytest.fixture
def alerts(interface, put):
    """A blacklisted flow of IPv4, one of IPv6 that is released, and a flooding host."""
    put("flow", [a_flow(interface_id=interface.pk)], [said(0, values='{"bytes": 3}')])
    v6 = a_flow("2001:db8::1", "2001:db8::2", interface_id=interface.pk, flow_id=2)
    put("flow", [v6], [said(0, check="elephant_flows", check_id=9, identity="v6", score=20)])
    host = a_host("10.0.0.9", interface_id=interface.pk, time=NOON + MINUTE)
    put(
        "host", [host], [said(0, "syn_flood", check_id=3, identity="h", attacker="host", victim="")]
    )
    process_round(NOON, releasing=False)
    Alert.objects.filter(identity="v6").update(state="released", released_at=NOON)
    return {alert.identity: alert for alert in Alert.objects.all()}


def identities(response):
    assert response.status_code == 200, response.json()
    ids = [row["id"] for row in response.json()["results"]]
    return set(Alert.objects.filter(pk__in=ids).values_list("identity", flat=True))


def test_an_alert_shows_what_was_found_and_by_which_values(api, alerts):
    body = api().get(URL, {"check": "blacklisted"}).json()
    assert body["next"] is None and body["previous"] is None
    (alert,) = body["results"]
    assert alert["entity"] == "10.0.0.1:51514 → 192.0.2.1:443"
    assert (alert["client"], alert["server"]) == ("10.0.0.1", "192.0.2.1")
    assert (alert["family"], alert["score"], alert["severity"]) == ("flow", 100, "error")
    assert (alert["state"], alert["count"], alert["acknowledged"]) == ("engaged", 1, False)
    assert (alert["first_seen"], alert["last_seen"]) == ("2026-11-24T12:00:00Z",) * 2
    assert (alert["message"], alert["values"]) == ("bad", {"bytes": 3})
    assert alert["flows"][0]["server_port"] == 443
    assert (alert["interface"], alert["comments"]) == ("eth0", [])


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"same", "v6", "h"}),
        ({"check": "syn_flood"}, {"h"}),
        ({"check": "nothing_such"}, set()),
        ({"family": "flow"}, {"same", "v6"}),
        ({"state": "engaged"}, {"same", "h"}),
        ({"state": "released"}, {"v6"}),
        ({"state": "acknowledged"}, set()),
        ({"state": "open"}, {"same", "h"}),
        ({"severity": "notice"}, {"v6"}),
        ({"host": "10.0.0.1"}, {"same"}),
        ({"host": "10.0.0.9"}, {"h"}),
        ({"host": "10.0.0.0/24"}, {"same", "h"}),
        ({"host": "2001:db8::2"}, {"v6"}),
        ({"host": "2001:db8::/32"}, {"v6"}),
        ({"interface": "eth0"}, {"same", "v6", "h"}),
        ({"since": "2026-11-24T12:00:01Z"}, {"h"}),
        ({"until": "2026-11-24T12:00:00Z"}, {"same", "v6"}),
        ({"min_score": "100"}, {"same", "h"}),
        ({"search": "syn"}, {"h"}),
        ({"search": "192.0.2.0/24"}, {"same"}),
    ],
)
def test_filters_leave_what_they_say(api, alerts, filters, found):
    assert identities(api().get(URL, filters)) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "10.0.0.300"),
        ("state", "over"),
        ("severity", "awful"),
        ("family", "people"),
        ("interface", "eth9"),
        ("since", "yesterday"),
        ("check", "no such!"),
        ("ordering", "colour"),
        ("limit", "0"),
        ("cursor", "x"),
        ("nonsense", "1"),
    ],
)
def test_a_wrong_filter_is_named(api, alerts, name, value):
    response = api().get(URL, {name: value})
    assert list(reasons(response)) == [name]


@pytest.mark.parametrize("ordering", ["id", "-id", "last_seen", "-score", "-count", "engaged_at"])
def test_pages_follow_each_other_in_every_order(api, alerts, ordering):
    client, seen = api(), []
    page = client.get(URL, {"ordering": ordering, "limit": 1}).json()
    seen += page["results"]
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += page["results"]
    column = ordering.removeprefix("-")
    values = [alert.get(column) for alert in seen]
    assert len({alert["id"] for alert in seen}) == 3
    assert values == sorted(values, reverse=ordering.startswith("-"))


def test_one_alert_comes_with_its_timeline(api, alerts):
    body = api().get(f"{URL}{alerts['same'].pk}/").json()
    assert [(event["kind"], event["user"]) for event in body["timeline"]] == [("engaged", None)]
    assert api().get(f"{URL}999999/").status_code == 404


def test_an_operator_acknowledges_comments_and_releases(api, alerts):
    client, one = api("operator"), f"{URL}{alerts['same'].pk}/"
    body = client.post(f"{one}acknowledge/", {"comment": "seen"}, format="json").json()
    assert (body["acknowledged"], body["acknowledged_by"]) == (True, "operator")
    assert body["state"] == "engaged"
    body = client.post(f"{one}comment/", {"comment": "still there"}, format="json").json()
    assert [said["text"] for said in body["comments"]] == ["seen", "still there"]
    body = client.post(f"{one}release/").json()
    assert body["state"] == "released"
    kinds = [event["kind"] for event in body["timeline"]]
    assert kinds == ["engaged", "acknowledged", "commented", "released"]


def test_several_are_acknowledged_at_once(api, alerts):
    ids = [alerts["same"].pk, alerts["h"].pk, 999999]
    client = api("operator")
    body = client.post(f"{URL}acknowledge/", {"ids": ids}, format="json").json()
    assert body == {"acknowledged": sorted(ids[:2])}
    assert identities(client.get(URL, {"state": "acknowledged"})) == {"same", "h"}


@pytest.mark.parametrize("comment", ["", "x" * 2001])
def test_a_wrong_comment_is_named(api, alerts, comment):
    url = f"{URL}{alerts['same'].pk}/comment/"
    response = api("operator").post(url, {"comment": comment}, format="json")
    assert list(reasons(response)) == ["comment"]


@pytest.mark.parametrize(
    ("who", "reads", "acts"),
    [
        ("admin", 200, 200),
        ("operator", 200, 200),
        ("viewer", 200, 403),
        ("stranger", 403, 403),
        ("nobody", 401, 401),
    ],
)
def test_who_may_read_and_act(api, alerts, who, reads, acts):
    client, one = api(who), f"{URL}{alerts['same'].pk}/"
    assert client.get(URL).status_code == reads
    assert client.get(one).status_code == reads
    for action in ("acknowledge", "release"):
        assert client.post(f"{one}{action}/").status_code == acts
    response = client.post(f"{URL}acknowledge/", {"ids": [1]}, format="json")
    assert response.status_code == acts


@pytest.mark.parametrize(("may_write", "status"), [(False, 403), (True, 200)])
def test_a_token_acts_only_when_it_may_write(alerts, cast, may_write, status):
    token = ApiToken(user=cast["operator"], name="program", may_write=may_write)
    text = token.renew_token()
    token.save()
    client = APIClient(headers={"Authorization": f"Token {text}"})
    assert client.get(URL).status_code == 200
    assert client.post(f"{URL}{alerts['same'].pk}/release/").status_code == status


def test_a_list_costs_the_same_queries_for_any_number(api, alerts, django_assert_num_queries):
    client = api("admin")
    client.get(URL)
    with django_assert_num_queries(8):  # session, user, time limit (4), alerts, what was said
        client.get(URL)
