"""The forms in a real browser: previews renew while one writes, in both themes and sizes."""

import pytest
from playwright.sync_api import expect

from recipients import rounds
from tests.recipients.builders import NOON, a_recipient, an_alert, an_endpoint, an_event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [(False, False), (True, True)]


@pytest.fixture(autouse=True)
def _seeds(transactional_db):
    """Flushed databases have lost what migrations made; the groups come back with these."""
    from ntopweb.groups import make_groups

    make_groups()


@pytest.mark.parametrize(("dark", "phone"), LOOKS)
def test_a_template_is_previewed_while_it_is_written(visit, dark, phone):
    endpoint = an_endpoint()
    visitor = visit("operator")
    page = visitor.open(
        f"/admin/recipients/recipient/add/?endpoint={endpoint.pk}", dark=dark, phone=phone
    )
    place = page.locator("[data-fields~=body_template]")
    expect(place).to_contain_text("Test of ntopweb: 192.0.2.10")
    page.fill("[name=subject_template]", "{{ total }} from {{ items[0].entity }}")
    expect(place).to_contain_text("1 from 192.0.2.10")
    page.fill("[name=body_template]", "{{ nothing }}")
    expect(place).to_contain_text("'nothing' is undefined")
    assert visitor.faults == []


@pytest.mark.parametrize(("dark", "phone"), LOOKS)
def test_a_silence_shows_what_it_hides_and_is_made_in_two_clicks(visit, dark, phone):
    a_recipient()
    alert = an_alert()
    an_event(alert)
    rounds.decide(NOON)
    visitor = visit("operator")
    page = visitor.open(f"/alerts/{alert.pk}/", dark=dark, phone=phone)
    expect(page.locator(".rc-trail")).to_contain_text("matched → not held back")
    page.click("text=Silence this")
    place = page.locator("[data-fields=matchers]")
    expect(place).to_contain_text("1 of 1 engaged alert")
    page.fill("[name=matchers]", "check = syn_flood")
    expect(place).to_contain_text("None of 1 engaged alert")
    page.fill("[name=matchers]", "colour = red")
    expect(place).to_contain_text("'colour' is none of")
    page.fill("[name=matchers]", "check = syn_scan")
    page.click("[name=_save]")
    page.wait_for_url("**/silence/")
    assert visitor.faults == []


@pytest.mark.parametrize(("dark", "phone"), LOOKS)
def test_no_page_is_wider_than_the_screen(visit, dark, phone):
    to = a_recipient()
    an_event()
    rounds.decide(NOON)
    visitor = visit("operator")
    for path in (
        "endpoint/add/",
        "endpoint/add/?kind=email",
        f"recipient/{to.pk}/change/",
        "silence/add/",
        "maintenancewindow/add/",
        "inhibitionrule/add/",
        f"delivery/{to.deliveries.get().pk}/change/",
    ):
        page = visitor.open(f"/admin/recipients/{path}", dark=dark, phone=phone)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
    assert visitor.faults == []
