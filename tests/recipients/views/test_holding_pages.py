"""The pages of silences, windows, previews, trails and rules."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from recipients import rounds
from recipients.models import (
    Decision,
    InhibitionRule,
    MaintenanceWindow,
    Silence,
)
from tests.recipients.builders import (
    HOUR,
    a_recipient,
    admin_url,
    an_alert,
    an_endpoint,
    an_event,
)

pytestmark = pytest.mark.django_db


def test_a_silence_has_its_author_and_is_in_force_at_once(cast, told):
    url = admin_url("silence", "add") + "?matchers=check+%3D+syn_scan&comment=why"
    client = cast.client("operator")
    assert "check = syn_scan" in client.get(url).content.decode()
    said = {"matchers": "check = syn_scan", "comment": "why"}
    said |= {"starts_at_0": "2026-11-24", "starts_at_1": "11:00", "ends_at_0": "2036-11-24"}
    assert client.post(url, {**said, "ends_at_1": "13:00"}).status_code == 302
    assert Silence.objects.get().author == cast.operator
    page = client.post(url, {**said, "ends_at_0": "2026-11-23", "ends_at_1": "13:00"})
    assert "must be after its beginning" in page.content.decode().lower()


def test_ending_a_silence_tells_what_it_held(cast, told):
    now = timezone.now()
    silence = Silence.objects.create(
        matchers="", starts_at=now - HOUR, ends_at=now + HOUR, comment="all"
    )
    an_event()
    rounds.decide(now)
    action = {"action": "end_now", "_selected_action": [silence.pk]}
    cast.client("operator").post(admin_url("silence"), action)
    rounds.decide(timezone.now())
    assert Decision.objects.last().outcome == "told"


@pytest.mark.parametrize(
    ("field", "value"), [("rule", "FREQ=SECONDLY"), ("zone", "Nowhere"), ("first", "soon")]
)
def test_a_wrong_window_is_named_by_field(cast, field, value):
    said = {"name": "n", "first": "2026-11-29 02:00", "minutes": 60, "rule": "FREQ=DAILY"}
    said |= {"zone": "Europe/Rome", "is_enabled": "on"}
    client = cast.client("operator")
    page = client.post(admin_url("maintenancewindow", "add"), {**said, field: value})
    assert page.status_code == 200 and not MaintenanceWindow.objects.exists()
    assert client.post(admin_url("maintenancewindow", "add"), said).status_code == 302
    window = MaintenanceWindow.objects.get()
    shown = client.get(admin_url("maintenancewindow", "change", window.pk)).content.decode()
    assert "02:00 – 03:00 CET" in shown


def test_a_preview_shows_what_a_template_makes_or_why_not(cast):
    url = reverse("recipient-preview")
    client = cast.client("viewer")
    page = client.post(url, {"subject_template": "{{ items[0].entity }}", "body_template": ""})
    assert "192.0.2.10" in page.content.decode()
    an_event(an_alert(entity="<script>"))
    page = client.post(url, {"subject_template": "{{ items[0].entity }}"})
    assert "&lt;script&gt;" in page.content.decode()
    page = client.post(url, {"body_template": "{{ nothing }}"})
    assert "is undefined" in page.content.decode()
    page = client.post(url, {"zone": "Nowhere"})
    assert "no time zone" in page.content.decode()
    assert cast.client("stranger").post(url).status_code == 403
    assert client.get(url).status_code == 405


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1"])
def test_a_silences_preview_shows_what_it_hides(cast, host):
    an_alert(client=host, attacker=host, entity="that one")
    an_alert("syn_flood")
    client = cast.client("viewer")
    url = reverse("silence-preview")
    page = client.post(url, {"matchers": f"check = syn_scan\nhost = {host}"}).content.decode()
    assert "<strong>1</strong> of 2 engaged alerts" in page and "that one" in page
    assert "'colour' is none of" in client.post(
        url, {"matchers": "colour = red"}
    ).content.decode().replace("&#x27;", "'")


def test_the_trail_says_who_was_told_and_why_not(cast, stub, worker, clock):
    to = a_recipient("ops", an_endpoint(url=stub.url))
    a_recipient("chiefs", minimum_severity="critical")
    alert = an_alert()
    an_event(alert)
    rounds.decide(clock.now)
    worker.work(to.pk)
    page = cast.client("viewer").get(reverse("alert-trail", args=[alert.pk])).content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "not for them: error is below critical" in text
    assert "matched → not held back → in a message of its own → sent 12:00:00 UTC, 200 in" in text
    assert "In the interface" in text and "shown on the pages since it engaged" in text
    assert "Silence this" not in text
    operator = cast.client("operator").get(reverse("alert-trail", args=[alert.pk])).content.decode()
    assert "matchers=check+%3D+syn_scan%0Ahost+%3D+10.0.0.1" in operator
    assert cast.client("stranger").get(reverse("alert-trail", args=[alert.pk])).status_code == 403


def test_the_trail_says_when_nobody_is_told(cast):
    page = cast.client("viewer").get(reverse("alert-trail", args=[an_alert().pk]))
    assert "Nobody is told" in page.content.decode()


def test_rules_are_shipped_and_may_be_changed(cast):
    rule = InhibitionRule.objects.first()
    url = admin_url("inhibitionrule", "change", rule.pk)
    said = {"name": "n", "cause": "check = a", "symptom": "", "equal": "colour"}
    page = cast.client("operator").post(url, said)
    assert "none of" in page.content.decode()
    assert cast.client("operator").post(url, {**said, "equal": "host"}).status_code == 302
