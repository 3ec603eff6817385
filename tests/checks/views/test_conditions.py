from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from checks.language import parse, to_sql
from checks.views.conditions import EXAMPLES
from tests.monitoring.builders import a_flow, an_interface

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin_client):
    return admin_client


@pytest.mark.parametrize(("title", "text"), EXAMPLES)
def test_every_example_is_a_condition_on_stored_flows(title, text):
    assert title and to_sql(parse(text, "flow")).text


def test_the_words_are_columns_functions_and_operators(browser):
    words = {one["name"]: one for one in browser.get(reverse("condition-words")).json()["words"]}
    assert {"client", "bits_per_second", "in_network(", "AND"} <= words.keys()
    assert "client_high" not in words and "client_asn" not in words  # not there, not stored
    assert "end" in words["event"]["about"]


@pytest.mark.parametrize(
    ("text", "is_ok", "words"),
    [
        ("client = '10.0.0.7'", True, ""),
        ("client = '2001:db8::7' AND server_port = 53", True, ""),
        ("clint = '10.0.0.7'", False, "at character 1"),
        ("client_asn = 1", False, "client_asn"),
        ("", False, ""),
    ],
)
def test_a_text_is_judged_and_the_word_named(browser, text, is_ok, words):
    told = browser.get(reverse("condition-check"), {"q": text}).json()
    assert told["ok"] is is_ok
    assert words in told.get("reason", "")


@pytest.mark.parametrize(
    ("client", "server"), [("10.0.0.7", "198.51.100.9"), ("fd00::7", "2001:db8::9")]
)
def test_the_explorer_shows_what_the_condition_picks(browser, client, server):
    interface, now = an_interface(), timezone.now() - timedelta(minutes=1)
    a_flow(flow_id=1, interface=interface, client=client, server=server, time=now)
    a_flow(flow_id=2, interface=interface, client=client, server=client, time=now)
    page = reverse("flows")
    text = browser.get(page, {"q": f"server = '{server}'"}).content.decode()
    assert reverse("flow", args=[1]) in text
    assert reverse("flow", args=[2]) not in text
    assert text.count("data-condition ") == 1


def test_a_condition_that_is_none_is_told_with_the_place(browser):
    text = browser.get(reverse("flows"), {"q": "servr = '10.0.0.7'"}).content.decode()
    assert "This filter is not understood" in text
    assert "at character 1" in text


def test_a_rule_and_an_exclusion_are_made_of_the_condition(browser):
    text = browser.get(reverse("condition-examples"), {"q": "l4 = 17"}).content.decode()
    assert "checks/userrule/add/?condition=l4+%3D+17" in text
    assert "checks/exclusion/add/?condition=l4+%3D+17" in text
    form = browser.get(reverse("admin:checks_userrule_add"), {"condition": "l4 = 17"})
    assert "l4 = 17" in form.content.decode()
    assert "Make a rule" not in browser.get(reverse("condition-examples")).content.decode()
