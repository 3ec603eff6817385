"""Every page for the four users, forms of every kind, previews, the trail and its silence."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from checks.parameters import parameters_of
from recipients import rounds
from recipients.models import (
    Delivery,
    Endpoint,
    Queue,
    Recipient,
)
from recipients.registry import discover
from tests.recipients.builders import (
    HOUR,
    MINUTE,
    NOON,
    a_recipient,
    admin_url,
    an_endpoint,
    an_event,
)

pytestmark = pytest.mark.django_db
MODELS = ["endpoint", "recipient", "silence", "maintenancewindow", "inhibitionrule", "delivery"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("user", "status"), [("admin", 200), ("operator", 200), ("viewer", 200), ("stranger", 403)]
)
def test_lists_are_for_who_may_see_them(cast, told, model, user, status):
    assert cast.client(user).get(admin_url(model)).status_code == status


@pytest.mark.parametrize("model", MODELS[:-1])
@pytest.mark.parametrize(("user", "status"), [("operator", 200), ("viewer", 403)])
def test_adding_is_for_operators(cast, model, user, status):
    if user == "viewer" and model in ("endpoint", "recipient"):
        kind = admin_url(model, "add") + f"?kind=slack&endpoint={an_endpoint().pk}"
        assert cast.client(user).get(kind).status_code == status
    else:
        assert cast.client(user).get(admin_url(model, "add")).status_code == status


@pytest.mark.parametrize("kind", [k for k, v in discover().items() if not v.is_interface])
def test_every_kind_has_a_form_of_its_parameters(cast, kind):
    page = cast.client("operator").get(admin_url("endpoint", "add") + f"?kind={kind}")
    assert page.status_code == 200
    for name in parameters_of(discover()[kind]):
        assert f'name="p_{name}"' in page.content.decode()


def test_the_choice_offers_every_kind_but_the_interface(cast):
    page = cast.client("operator").get(admin_url("endpoint", "add")).content.decode()
    offered = set(re.findall(r'href="\?kind=(\w+)"', page))
    assert offered == set(discover()) - {"interface"}


def test_an_endpoint_is_added_and_its_secret_is_never_shown(cast):
    client = cast.client("operator")
    url = admin_url("endpoint", "add") + "?kind=telegram"
    said = {
        "name": "bot",
        "is_enabled": "on",
        "p_token": "123:abc-secret",
        "p_api": "https://a.example",
    }
    assert client.post(url, said).status_code == 302
    endpoint = Endpoint.objects.get(name="bot")
    assert endpoint.service().token == "123:abc-secret"
    change = admin_url("endpoint", "change", endpoint.pk)
    page = client.get(change).content.decode()
    assert "abc-secret" not in page and "set; empty keeps it" in page
    client.post(change, {**said, "p_token": "", "p_api": "https://b.example"})
    endpoint.refresh_from_db()
    assert (endpoint.service().token, endpoint.service().api) == (
        "123:abc-secret",
        "https://b.example",
    )


def test_wrong_parameters_are_said_at_their_fields_and_nothing_is_saved(cast):
    url = admin_url("endpoint", "add") + "?kind=webhook"
    page = cast.client("operator").post(url, {"name": "x", "p_url": "ftp://x", "p_timeout": "99"})
    text = page.content.decode()
    assert "Must begin with http" in text and "Must be from 1 to 30" in text
    assert not Endpoint.objects.filter(name="x").exists()


RECIPIENT = {
    "name": "ops",
    "is_enabled": "on",
    "minimum_severity": "error",
    "tell_engaged": "on",
    "tell_released": "on",
    "zone": "Europe/Rome",
    "hours": "Mon-Fri 08:00-18:00",
    "mode": "digest",
    "group_by": ["check", "host"],
    "wait_seconds": 10,
    "interval_seconds": 300,
    "quiet_seconds": 3600,
    "repeat_seconds": 0,
    "messages_per_hour": 60,
    "give_up_hours": 24,
    "networks": "10.0.0.0/8\n2001:db8::/32",
    "categories": ["security"],
}


def test_a_recipient_is_added_with_its_addressee_and_filters(cast):
    endpoint = an_endpoint("email", server="mail.example", sender="a@example.org")
    url = admin_url("recipient", "add") + f"?endpoint={endpoint.pk}"
    client = cast.client("operator")
    page = client.post(url, {**RECIPIENT, "to_to": "nobody"})
    assert "'nobody' is no e-mail address" in page.content.decode().replace("&#x27;", "'")
    answer = client.post(url, {**RECIPIENT, "to_to": "a@example.org\nb@example.org"})
    assert answer.status_code == 302, re.findall(
        r"errorlist.*?</ul>", answer.content.decode(), re.S
    )
    to = Recipient.objects.get(name="ops")
    assert to.addressee().to == ("a@example.org", "b@example.org")
    assert (to.networks, to.categories) == (["10.0.0.0/8", "2001:db8::/32"], ["security"])
    assert to.group_by == ["check", "host"]
    assert client.get(admin_url("recipient", "change", to.pk)).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("zone", "Mars/Base", "no time zone"),
        ("hours", "always", "is no span"),
        ("networks", "10.0.0.0/40", "10.0.0.0/40"),
        ("body_template", "{{ nothing }}", "is undefined"),
        ("subject_template", "{% for %}", "line 1"),
        ("give_up_hours", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_field_of_a_recipient_is_named(cast, field, value, reason):
    url = admin_url("recipient", "add") + f"?endpoint={an_endpoint().pk}"
    page = cast.client("operator").post(url, {**RECIPIENT, field: value})
    assert page.status_code == 200 and reason in page.content.decode()
    assert not Recipient.objects.filter(name="ops").exists()


def test_a_script_gets_one_alert_at_a_time(cast):
    endpoint = an_endpoint("shell", script="x.sh")
    url = admin_url("recipient", "add") + f"?endpoint={endpoint.pk}"
    page = cast.client("operator").post(url, RECIPIENT).content.decode()
    assert "takes one alert at a time" in page and "knows no digest" in page
    said = {**RECIPIENT, "mode": "single", "messages_per_hour": 0}
    assert cast.client("operator").post(url, said).status_code == 302


def test_the_interface_is_everybodys_recipient_and_stays(cast):
    to = Recipient.objects.get(is_builtin=True)
    client = cast.client("admin")
    assert client.get(admin_url("recipient", "change", to.pk)).status_code == 200
    assert client.post(admin_url("recipient", "delete", to.pk), {"post": "yes"}).status_code == 403
    endpoint = admin_url("endpoint", "delete", to.endpoint_id)
    assert client.post(endpoint, {"post": "yes"}).status_code == 403
    assert Recipient.objects.filter(is_builtin=True).exists()


def test_a_test_is_really_sent_and_the_answer_is_shown(cast, stub):
    to = a_recipient(endpoint=an_endpoint(url=stub.url), subject_template="Hear: {{ total }}")
    client = cast.client("operator")
    for url in (
        reverse("admin:recipients_recipient_send_test", args=[to.pk]),
        reverse("admin:recipients_endpoint_send_test", args=[to.endpoint_id]),
    ):
        page = client.post(url, follow=True).content.decode()
        assert "The service answered: 200, ok" in page
    assert stub.requests[0].json["subject"] == "Hear: 1"
    assert stub.requests[0].json["reason"] == "test"
    assert [d.state for d in Delivery.objects.filter(reason="test")] == ["sent", "sent"]
    stub.answer = lambda request: (404, {}, b"gone")
    url = reverse("admin:recipients_recipient_send_test", args=[to.pk])
    page = client.post(url, follow=True).content.decode()
    assert "404 gone. A real message would disable the endpoint." in page
    assert Endpoint.objects.get(pk=to.endpoint_id).is_enabled
    assert cast.client("viewer").get(url).status_code == 403


def test_enabling_an_endpoint_again_takes_up_what_waits(cast):
    to = a_recipient()
    Queue.objects.create(recipient=to, due_at=timezone.now() + HOUR, failures=5)
    Endpoint.objects.update(is_enabled=False, refusal="404", refused_at=NOON)
    url = admin_url("endpoint", "change", to.endpoint_id)
    client = cast.client("operator")
    assert "2026-11-24 12:00 UTC: 404" in client.get(url).content.decode()
    said = {"name": "hook", "is_enabled": "on", "p_url": "https://new.example/", "p_timeout": 10}
    client.post(url, {**said, "p_format": "ntopweb"})
    endpoint = Endpoint.objects.get(pk=to.endpoint_id)
    assert (endpoint.is_enabled, endpoint.refusal) == (True, "")
    assert Queue.objects.get().due_at <= timezone.now()


def test_a_dead_letter_is_sent_again(cast, told):
    Delivery.objects.update(state="dead", outcome="400 bad")
    delivery = Delivery.objects.get()
    url = reverse("admin:recipients_delivery_send_again_one", args=[delivery.pk])
    assert cast.client("viewer").get(url).status_code == 403
    cast.client("operator").post(url)
    delivery.refresh_from_db()
    assert delivery.state == "waiting" and Queue.objects.get().due_at is not None
    action = {"action": "send_again", "_selected_action": [delivery.pk]}
    Delivery.objects.update(state="dead")
    cast.client("operator").post(admin_url("delivery"), action)
    delivery.refresh_from_db()
    assert delivery.state == "waiting"


def test_a_delivery_shows_its_attempts_and_words(cast, told):
    delivery = Delivery.objects.get()
    delivery.tries.create(
        number=1, started_at=NOON, milliseconds=12.5, outcome="failed", status=503, answer="<busy>"
    )
    page = cast.client("viewer").get(admin_url("delivery", "change", delivery.pk)).content.decode()
    assert "&lt;busy&gt;" in page and "503" in page and "10.0.0.1" in page


def test_a_list_of_deliveries_takes_a_fixed_number_of_queries(
    cast, told, django_assert_max_num_queries
):
    client = cast.client("admin")
    client.get(admin_url("delivery"))
    for _ in range(20):
        an_event()
    rounds.decide(NOON + MINUTE)
    with django_assert_max_num_queries(20):
        client.get(admin_url("delivery"))
