"""Checks over REST: read, changed, refused."""

from __future__ import annotations

import pytest

from checks.models import CheckSetting
from checks.quarantine import quarantine
from checks.registry import discover
from checks.settings_store import load_runner
from tests.api.problems import reasons
from tests.checks.test_periodic import NOW

pytestmark = pytest.mark.django_db
ONE = "/api/v1/checks/syn_flood/"


def keys(answer):
    return [one["key"] for one in answer.json()["results"]]


def patch(client, body, url=ONE):
    return client.patch(url, body, format="json")


def test_all_checks_are_listed_by_key(cast):
    answer = cast.api("viewer").get("/api/v1/checks/?limit=1000")
    assert keys(answer) == list(discover())


def test_a_check_shows_what_it_is_and_how_it_is_set(cast):
    one = cast.api("viewer").get(ONE).json()
    assert (one["key"], one["family"], one["category"]) == ("syn_flood", "host", "security")
    assert (one["enabled"], one["default_enabled"], one["state"]) == (False, False, "disabled")
    assert (one["score"], one["default_score"], one["attack"]) == (50, 50, "T1498.001")
    assert one["parameters"] == {"threshold": 256}
    assert one["parameter_fields"]["threshold"]["maximum"] == 65_535
    assert one["id"] == CheckSetting.objects.get(key="syn_flood").pk


def test_a_page_ends_where_the_next_begins(cast):
    client = cast.api("viewer")
    page = client.get("/api/v1/checks/?limit=50").json()
    found = page["results"]
    while page["next"]:
        page = client.get(page["next"]).json()
        found += page["results"]
    assert [one["key"] for one in found] == list(discover())


@pytest.mark.parametrize(("query", "there", "not_there"), [
    ("family=host", "syn_flood", "web_mining"),
    ("category=network", "connection_failed", "web_mining"),
    ("state=enabled", "web_mining", "syn_flood"),
    ("state=disabled", "syn_flood", "web_mining"),
    ("search=t1496", "web_mining", "syn_flood"),
    ("family=host&state=enabled", "score_threshold", "syn_flood"),
])  # fmt: skip
def test_the_list_is_narrowed(cast, query, there, not_there):
    found = keys(cast.api("viewer").get(f"/api/v1/checks/?limit=1000&{query}"))
    assert there in found and not_there not in found


@pytest.mark.parametrize("query", ["family=cloud", "state=on", "colour=red"])
def test_a_filter_that_is_none_is_refused_by_name(cast, query):
    answer = cast.api("viewer").get(f"/api/v1/checks/?{query}")
    assert list(reasons(answer)) == [query.partition("=")[0]]


def test_a_change_is_kept_and_in_force(cast):
    client = cast.api("operator", may_write=True)
    answer = patch(client, {"enabled": True, "parameters": {"threshold": "300"}, "score": 120})
    assert answer.status_code == 200
    one = answer.json()
    assert (one["enabled"], one["state"], one["score"]) == (True, "enabled", 120)
    assert (one["parameters"], one["updated_by"]) == ({"threshold": 300}, "operator")
    (entry,) = [entry for entry in load_runner().active if entry.check.key == "syn_flood"]
    assert (entry.check.threshold, entry.score) == (300, 120)
    assert client.get(ONE).json() == one


def test_what_is_left_out_stays_and_null_sets_back(cast):
    client = cast.api("operator", may_write=True)
    patch(client, {"enabled": True, "parameters": {"threshold": 300}, "score": 120})
    one = patch(client, {"parameters": {"threshold": None}}).json()
    assert (one["enabled"], one["parameters"], one["score"]) == (True, {"threshold": 256}, 120)
    assert patch(client, {"score": None}).json()["score"] == 50
    assert CheckSetting.objects.get(key="syn_flood").parameters == {}


@pytest.mark.parametrize(("body", "field", "reason"), [
    ({"parameters": {"threshold": 0}}, "parameters", "threshold: must be from 1 to 65535, is 0"),
    ({"parameters": {"threshold": "many"}}, "parameters", "threshold: must be a number"),
    ({"parameters": {"limit": 1}}, "parameters", "limit: is no parameter of this check"),
    ({"parameters": [1]}, "parameters", "Expected a dictionary"),
    ({"enabled": "perhaps"}, "enabled", "valid boolean"),
    ({"score": 0}, "score", "greater than or equal to 1"),
    ({"score": 251}, "score", "less than or equal to 250"),
    ({"is_enabled": True}, "is_enabled", "Can be set are: enabled, parameters, score"),
])  # fmt: skip
def test_a_bad_change_is_refused_by_field_and_reason_and_nothing_is_kept(cast, body, field, reason):
    answer = patch(cast.api("operator", may_write=True), {"enabled": True} | body)
    assert reason in " ".join(reasons(answer)[field])
    setting = CheckSetting.objects.get(key="syn_flood")
    assert (setting.is_enabled, setting.parameters, setting.score) == (False, {}, None)


@pytest.mark.parametrize(("who", "may_write", "read", "changed"), [
    ("admin", True, 200, 200), ("operator", True, 200, 200), ("operator", False, 200, 403),
    ("viewer", True, 200, 403), ("stranger", True, 403, 403),
])  # fmt: skip
def test_who_may(cast, who, may_write, read, changed):
    client = cast.api(who, may_write=may_write)
    assert client.get(ONE).status_code == read
    assert client.get("/api/v1/checks/").status_code == read
    assert patch(client, {"enabled": True}).status_code == changed
    assert CheckSetting.objects.filter(key="syn_flood", is_enabled=True).exists() is (
        changed == 200
    )


def test_nobody_without_a_token_may(client):
    assert client.get(ONE).status_code == 401


def test_an_unknown_check_is_not_found(cast):
    client = cast.api("admin", may_write=True)
    assert client.get("/api/v1/checks/unknown/").status_code == 404
    assert patch(client, {"enabled": True}, "/api/v1/checks/unknown/").status_code == 404


def test_a_quarantined_check_says_why_and_comes_back_when_saved(cast):
    client = cast.api("operator", may_write=True)
    patch(client, {"enabled": True})
    quarantine([("syn_flood", "ComputeError: no")], NOW)
    one = client.get(ONE).json()
    assert (one["state"], one["quarantine_error"]) == ("quarantined", "ComputeError: no")
    assert one["quarantined_at"] == "2026-11-24T12:00:00Z"
    assert keys(client.get("/api/v1/checks/?state=quarantined")) == ["syn_flood"]
    assert patch(client, {"enabled": True}).json()["state"] == "enabled"


def test_the_list_asks_the_database_a_fixed_number_of_times(cast, django_assert_max_num_queries):
    client = cast.api("admin")
    client.get("/api/v1/checks/?limit=1000")
    with django_assert_max_num_queries(9):
        client.get("/api/v1/checks/?limit=1000")
