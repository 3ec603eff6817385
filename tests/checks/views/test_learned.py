"""The page of what was learned: who may see it, who may decide, and that it is obeyed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.models import Learned, Learning
from monitoring.models import Agent, Interface

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = ["10.0.0.7 → 10.0.0.9 SSH", "fd00::7 → fd00::9 RDP"]


@pytest.fixture(autouse=True)
def things(db):
    agent = Agent.objects.create(name="lab", token_hash="x")
    interface = Interface.objects.create(agent=agent, name="eth0", kind="live")
    Learning.objects.create(kind="service", interface=interface, began_at=NOW)
    return [
        Learned.objects.create(
            kind="service", interface=interface, key=name, name=name, first_seen=NOW, last_seen=NOW
        )
        for name in NAMES
    ]


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("operator", 200), ("viewer", 200), ("stranger", 403)]
)
def test_who_may_view_opens_it(cast, who, status):
    assert cast.client(who).get("/learned/").status_code == status


def test_it_lists_a_kind_and_is_narrowed(cast):
    client = cast.client("viewer")
    page = client.get("/learned/?kind=service")
    assert all(name in page.text for name in NAMES) and "eth0" in page.text
    assert NAMES[1] not in client.get("/learned/?kind=service&search=ssh").text
    assert NAMES[0] not in client.get("/learned/?kind=port").text
    assert NAMES[0] not in client.get("/learned/?verdict=denied").text
    assert client.get("/learned/?kind=none&page=99").status_code == 200


@pytest.mark.parametrize("verdict", ["allowed", "denied", ""])
def test_an_operator_decides(cast, things, verdict):
    client = cast.client("operator")
    posted = {"thing": [things[0].pk], "verdict": verdict, "kind": "service"}
    assert client.post("/learned/decide/", posted).status_code == 302
    things[0].refresh_from_db()
    things[1].refresh_from_db()
    assert things[0].verdict == verdict and things[0].decided_by is not None
    assert things[1].verdict == "" and things[1].decided_by is None


@pytest.mark.parametrize("who", ["viewer", "stranger"])
@pytest.mark.parametrize("url", ["/learned/decide/", "/learned/anew/"])
def test_others_change_nothing(cast, things, who, url):
    posted = {"thing": [thing.pk for thing in things], "verdict": "forget", "kind": "service"}
    assert cast.client(who).post(url, posted).status_code == 403
    assert Learned.objects.count() == 2 and Learning.objects.count() == 1


def test_a_thing_is_forgotten_and_nonsense_is_refused(cast, things):
    client = cast.client("operator")
    client.post("/learned/decide/", {"thing": [things[0].pk, "x"], "verdict": "forget"})
    assert Learned.objects.get() == things[1]
    client.post("/learned/decide/", {"thing": [things[1].pk], "verdict": "perhaps"})
    assert Learned.objects.get().verdict == ""


def test_a_verdict_on_nothing_says_so(cast):
    posted = {"verdict": "allowed", "kind": "service"}
    page = cast.client("operator").post("/learned/decide/", posted, follow=True)
    assert "Nothing was ticked" in page.text and "0 allowed" not in page.text


def test_learning_begins_anew_and_verdicts_stay(cast, things):
    Learned.objects.filter(pk=things[0].pk).update(verdict="denied")
    cast.client("operator").post("/learned/anew/", {"kind": "service"})
    assert not Learning.objects.exists()
    assert Learned.objects.get().verdict == "denied"


def test_the_page_takes_a_fixed_number_of_queries(cast, django_assert_max_num_queries):
    client = cast.client("admin")
    client.get("/learned/")
    with django_assert_max_num_queries(12):
        client.get("/learned/")


@pytest.mark.parametrize(("who", "is_told"), [("operator", True), ("viewer", False)])
def test_who_may_decide_reads_what_each_verdict_does(cast, who, is_told):
    text = cast.client(who).get("/learned/?kind=service").text
    assert ("Tick rows" in text and "forgotten after 60 days unseen" in text) == is_told
    for label in ("Interface", "First seen", "Last seen"):
        assert text.count(f'data-label="{label}"') == len(NAMES)
