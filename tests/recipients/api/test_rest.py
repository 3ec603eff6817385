import pytest
from django.urls import reverse

from recipients import rounds
from recipients.models import Delivery, Endpoint, Recipient, Silence
from tests.api.problems import reasons
from tests.recipients.builders import HOUR, NOON, a_recipient, an_alert, an_endpoint, an_event

pytestmark = pytest.mark.django_db
LISTS = ["endpoints", "recipients", "silences", "deliveries"]


@pytest.fixture
def api(cast):
    return cast.api("operator", may_write=True)


def url(name, *args):
    return reverse(f"api-{name}", args=args)


@pytest.mark.parametrize("name", LISTS)
def test_reading_is_for_who_may_see(cast, name):
    assert cast.api("viewer").get(url(name)).status_code == 200
    assert cast.api("stranger").get(url(name)).status_code == 403


@pytest.mark.parametrize("name", LISTS[:3])
def test_writing_takes_the_right_and_a_token_that_may(cast, name):
    assert cast.api("viewer", may_write=True).post(url(name), {}).status_code == 403
    assert cast.api("operator").post(url(name), {}).status_code == 403
    assert cast.api("operator", may_write=True).post(url(name), {}).status_code == 400


def test_an_endpoint_is_made_changed_and_deleted_and_its_secrets_stay_inside(api):
    said = {"name": "bot", "kind": "telegram", "parameters": {"token": "123:abc-secret"}}
    made = api.post(url("endpoints"), said)
    assert made.status_code == 201, made.data
    assert made.data["secrets_set"] == ["token"] and "abc-secret" not in made.content.decode()
    one = url("endpoint", made.data["id"])
    changed = api.patch(one, {"parameters": {"api": "https://a.example"}, "enabled": False})
    assert changed.data["enabled"] is False
    assert "abc-secret" not in changed.content.decode()
    endpoint = Endpoint.objects.get(name="bot")
    assert (endpoint.service().token, endpoint.service().api) == (
        "123:abc-secret",
        "https://a.example",
    )
    assert api.delete(one).status_code == 204


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "x", "kind": "pigeon", "parameters": {}}, "kind"),
        ({"name": "x", "kind": "interface", "parameters": {}}, "kind"),
        ({"name": "x", "kind": "webhook", "parameters": {}}, "parameters"),
        ({"name": "x", "kind": "webhook", "parameters": {"url": "ftp://x"}}, "parameters"),
        ({"kind": "webhook", "parameters": {"url": "http://x"}}, "name"),
    ],
)
def test_a_wrong_endpoint_is_refused_by_field(api, said, field):
    refused = api.post(url("endpoints"), said)
    assert field in {name.split(".")[0] for name in reasons(refused)}


def test_a_recipient_is_made_and_changed(api):
    endpoint = an_endpoint("email", server="mail.example", sender="a@example.org")
    said = {
        "name": "ops",
        "endpoint": endpoint.pk,
        "parameters": {"to": ["a@example.org"]},
        "networks": ["10.0.0.0/8", "2001:db8::/32"],
        "hours": "Mon-Fri 08:00-18:00",
        "zone": "America/New_York",
    }
    made = api.post(url("recipients"), said)
    assert made.status_code == 201, made.data
    one = url("recipient", made.data["id"])
    assert api.patch(one, {"minimum_severity": "critical"}).data["minimum_severity"] == "critical"
    assert Recipient.objects.get(name="ops").addressee().to == ("a@example.org",)
    assert api.get(url("recipients"), {"endpoint": endpoint.pk}).data["results"][0]["name"] == "ops"
    assert api.delete(one).status_code == 204


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"zone": "Mars"}, "zone"),
        ({"hours": "always"}, "hours"),
        ({"networks": ["10.0.0.0/40"]}, "networks"),
        ({"body_template": "{{ nothing }}"}, "body_template"),
        ({"group_by": ["colour"]}, "group_by"),
        ({"parameters": {"to": "x"}}, "parameters"),
        ({"tell_engaged": False, "tell_released": False}, "tell_engaged"),
    ],
)
def test_a_wrong_recipient_is_refused_by_field(api, said, field):
    refused = api.post(url("recipients"), {"name": "x", "endpoint": an_endpoint().pk, **said})
    assert field in {name.split(".")[0] for name in reasons(refused)}


def test_the_interface_itself_stays_as_it_is(api):
    to = Recipient.objects.get(is_builtin=True)
    assert api.patch(url("recipient", to.pk), {"name": "x"}).status_code == 400
    assert api.delete(url("recipient", to.pk)).status_code == 403
    assert api.delete(url("endpoint", to.endpoint_id)).status_code == 403


def test_a_test_is_really_sent_and_its_answer_given(api, cast, stub):
    to = a_recipient(endpoint=an_endpoint(url=stub.url))
    for name, pk in (("recipient-test", to.pk), ("endpoint-test", to.endpoint_id)):
        said = api.post(url(name, pk)).data
        assert (said["sent"], said["status"], said["answer"]) == (True, 200, "ok")
    stub.answer = lambda request: (500, {}, b"why")
    said = api.post(url("recipient-test", to.pk)).data
    assert (said["sent"], said["status"], said["answer"]) == (False, 500, "500 why")
    assert cast.api("viewer", may_write=True).post(url("recipient-test", to.pk)).status_code == 403


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1"])
def test_a_silence_is_made_by_its_caller_and_ends(api, cast, host):
    said = {"matchers": f"host = {host}", "ends_at": "2036-01-01T00:00:00Z", "comment": "why"}
    made = api.post(url("silences"), said)
    assert made.status_code == 201, made.data
    assert (made.data["author"], made.data["state"]) == ("operator", "active")
    assert len(api.get(url("silences"), {"state": "active"}).data["results"]) == 1
    assert len(api.get(url("silences"), {"state": "over"}).data["results"]) == 0
    assert api.post(url("silences"), {**said, "matchers": "colour = red"}).status_code == 400
    assert api.post(url("silences"), {**said, "ends_at": "2006-01-01T00:00:00Z"}).status_code == 400
    assert api.delete(url("silence", made.data["id"])).status_code == 204
    assert not Silence.objects.exists()


def test_deliveries_are_read_with_their_attempts_and_sent_again(
    api, stub, worker, clock, monkeypatch
):
    monkeypatch.setattr("recipients.api.deliveries.timezone.now", lambda: NOON)
    to = a_recipient(endpoint=an_endpoint(url=stub.url))
    alert = an_alert()
    an_event(alert), an_event()
    rounds.decide(NOON)
    stub.answer = lambda request: (400, {}, b"bad")
    worker.work(to.pk)
    dead = api.get(url("deliveries"), {"state": "dead", "alert": alert.pk}).data["results"]
    assert len(dead) == 1
    one = api.get(url("delivery", dead[0]["id"])).data
    assert [(t["outcome"], t["status"]) for t in one["tries"]] == [("refused", 400)]
    assert one["items"][0]["alert"] == alert.pk
    again = api.post(url("delivery-resend", dead[0]["id"]))
    assert again.data["state"] == "waiting"
    assert api.post(url("delivery-resend", dead[0]["id"])).status_code == 400
    stub.answer = lambda request: (200, {}, b"ok")
    clock.forward(HOUR)
    worker.work(to.pk)
    assert Delivery.objects.get(pk=dead[0]["id"]).state == "sent"


@pytest.mark.parametrize("name", LISTS)
def test_an_unknown_filter_is_refused(api, name):
    assert api.get(url(name), {"colour": "red"}).status_code == 400


def test_lists_take_a_fixed_number_of_queries(api, django_assert_max_num_queries):
    for number in range(5):
        a_recipient(f"to {number}")
    for name in LISTS:
        with django_assert_max_num_queries(10):
            api.get(url(name))
