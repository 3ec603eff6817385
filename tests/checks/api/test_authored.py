"""Rules, limits, exclusions, overrides, trials and back-tests over REST."""

from __future__ import annotations

import pytest

from checks.models import BackTest, Exclusion, ExclusionTally, UserRule, sync_settings
from checks.views import back_tests
from tests.api.problems import reasons
from tests.checks.language import rows

pytestmark = pytest.mark.django_db

BODIES = {
    "rules": ({"title": "Big", "condition": "bytes_to_server > 9"}, {"mode": "enabled"}),
    "threshold-rules": (
        {"title": "L", "subject": "host", "target": "2001:db8::7", "threshold": 9.0},
        {"period": 3600},
    ),
    "exclusions": ({"check": "syn_flood", "host": "10.0.0.7", "reason": "x"}, {"port": 443}),
    "overrides": ({"check": "syn_flood", "network": "2001:db8::/32", "score": 9}, {"score": 10}),
    "trials": ({"check": "syn_flood", "parameters": {"threshold": 9}}, {"score": 10}),
}
WRONG = [
    ("rules", {"title": "x", "condition": "foo = 1"}, "condition", "at character 1: “foo”"),
    ("rules", {"title": "x", "condition": "l4 = 6", "message": "{foo}"}, "message", "no column"),
    ("rules", {"condition": "l4 = 6"}, "title", "required"),
    ("threshold-rules", {"title": "x", "subject": "host", "threshold": -1}, "threshold", "from 0"),
    ("exclusions", {"reason": "x"}, "check_key", "at least one criterion"),
    ("exclusions", {"network": "10.0.0.0/99", "reason": "x"}, "network", "no address or network"),
    ("exclusions", {"host": "10.0.0.7"}, "reason", "required"),
    ("overrides", {"check": "none", "network": "::/0"}, "check_key", "there is no check"),
    ("overrides", {"check": "syn_flood"}, "", "Choose one of pool"),
    ("trials", {"check": "syn_flood", "parameters": {"threshold": 0}}, "parameters", "from 1"),
]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    sync_settings()
    monkeypatch.setattr(back_tests.run_back_test, "delay", lambda pk: None)


@pytest.mark.parametrize("name", BODIES)
def test_it_is_made_read_changed_and_removed(cast, name):
    body, change = BODIES[name]
    api, url = cast.api("operator", may_write=True), f"/api/v1/{name}/"
    made = api.post(url, body, format="json")
    assert made.status_code == 201, made.json()
    one = f"{url}{made.json()['id']}/"
    assert body.items() <= api.get(one).json().items()
    assert made.json()["updated_by"] == "operator"
    changed = api.patch(one, change, format="json")
    assert changed.status_code == 200 and change.items() <= changed.json().items()
    assert [row["id"] for row in api.get(url).json()["results"]] == [made.json()["id"]]
    assert api.delete(one).status_code == 204 and api.get(one).status_code == 404


@pytest.mark.parametrize(("name", "body", "field", "reason"), WRONG)
def test_what_is_wrong_is_named_by_field(cast, name, body, field, reason):
    answer = cast.api("operator", may_write=True).post(f"/api/v1/{name}/", body, format="json")
    assert reason in str(reasons(answer)[field])


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize(("who", "reads"), [("viewer", 200), ("stranger", 403)])
def test_who_only_views_writes_nothing(cast, name, who, reads):
    api, url = cast.api(who, may_write=True), f"/api/v1/{name}/"
    assert api.get(url).status_code == reads
    assert api.post(url, BODIES[name][0], format="json").status_code == 403


def test_an_exclusion_shows_its_hits(cast):
    exclusion = Exclusion(check_key="syn_flood", reason="x")
    exclusion.keep()
    ExclusionTally.objects.create(exclusion=exclusion, hits=4)
    (one,) = cast.api("viewer").get("/api/v1/exclusions/?check=syn_flood").json()["results"]
    assert (one["hits"], one["last_hit"], one["describes"]) == (4, None, "check syn_flood")
    assert cast.api("viewer").get("/api/v1/exclusions/?check=other").json()["results"] == []


SPAN = {"since": "2026-11-24T00:00:00Z", "until": "2026-11-25T00:00:00Z"}


def test_a_back_test_is_begun_and_read(cast):
    api = cast.api("operator", may_write=True)
    rule = {"title": "Mine", "condition": "l4 = 6"}
    begun = api.post("/api/v1/back-tests/", {"rule": rule, **SPAN}, format="json")
    assert begun.status_code == 202 and begun.json()["state"] == "waiting"
    one = api.get(f"/api/v1/back-tests/{begun.json()['id']}/").json()
    assert (one["title"], one["percent"], one["result"]) == ("Mine", 0, {})
    assert len(api.get("/api/v1/back-tests/?state=waiting").json()["results"]) == 1


@pytest.mark.parametrize(("body", "reason"), [
    ({"check": "syn_flood", **SPAN}, "only sums are kept"),
    ({"check": "none", **SPAN}, "there is no check"),
    ({"check": "syn_flood", "rule": {}, **SPAN}, "either a check or a rule"),
    ({"rule": {"title": "x", "condition": "foo = 1"}, **SPAN}, "at character 1"),
    ({"rule": {"title": "x", "condition": "l4 = 6", "other": 1}, **SPAN}, "other"),
    ({"check": "syn_flood", "since": SPAN["until"], "until": SPAN["since"]}, "Must be after"),
])  # fmt: skip
def test_what_cannot_be_tested_is_refused_at_once(cast, body, reason):
    answer = cast.api("operator", may_write=True).post("/api/v1/back-tests/", body, format="json")
    assert reason in str(reasons(answer))
    assert not BackTest.objects.exists()


def test_a_flow_says_which_checks_matched_and_what_hides_them(cast):
    table = rows.flows(2)
    rows.save(table)
    UserRule(title="Big", condition="l4 >= 0", mode="enabled", message="{client}").keep()
    UserRule(title="Quiet", condition="l4 >= 0", mode="shadow").keep()
    UserRule(title="Hidden", condition="l4 >= 0", mode="enabled").keep()
    exclusion = Exclusion(check_key="own_hidden", condition="l4 >= 0", reason="known")
    exclusion.keep()
    found = cast.api("viewer").get("/api/v1/flows/1/explanation/").json()
    told = {one["check"]: (one["is_shadow"], one["hidden_by"]) for one in found}
    assert told["own_big"] == (False, None) and told["own_quiet"] == (True, None)
    assert told["own_hidden"] == (False, exclusion.pk)
    assert not ExclusionTally.objects.exists()
    assert cast.api("viewer").get("/api/v1/flows/99/explanation/").status_code == 404
