import pytest
from django.utils import timezone

from checks.models import CheckSetting, sync_settings
from checks.parameters import parameters_of
from checks.registry import discover


@pytest.fixture(autouse=True)
def _settings(db):
    sync_settings()


def _setting(key="flow_flood"):
    return CheckSetting.objects.get(key=key)


@pytest.mark.parametrize("url", ["/checks/", "/checks/flow_flood/"])
@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("operator", 200), ("viewer", 200), ("stranger", 403)]
)
def test_who_may_view_opens_it(cast, url, who, status):
    assert cast.client(who).get(url).status_code == status


def test_every_check_is_listed_and_has_a_page(cast):
    client = cast.client("viewer")
    rows = client.get("/checks/").context["rows"]
    assert {row.kind.key for row in rows} == set(discover())
    for key in discover():
        assert client.get(f"/checks/{key}/").status_code == 200


@pytest.mark.parametrize(
    ("query", "key", "is_there"),
    [
        ("family=host", "flow_flood", True),
        ("family=flow", "flow_flood", False),
        ("search=FLOW+FLOOD", "flow_flood", True),
        ("search=T1498", "flow_flood", True),
        ("search=nothing+like+it", "flow_flood", False),
        ("state=disabled", "flow_flood", True),
        ("state=quarantined", "flow_flood", False),
        ("family=nonsense", "flow_flood", False),
    ],
)
def test_the_list_is_narrowed(cast, query, key, is_there):
    rows = cast.client("viewer").get(f"/checks/?{query}").context["rows"]
    assert (key in {row.kind.key for row in rows}) == is_there


def test_the_list_takes_a_fixed_number_of_queries(cast, django_assert_max_num_queries):
    client = cast.client("viewer")
    with django_assert_max_num_queries(10):
        client.get("/checks/")


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("operator", 200), ("viewer", 403), ("stranger", 403)]
)
def test_who_may_change_switches_it_on_and_off(cast, who, status):
    client = cast.client(who)
    assert client.post("/checks/flow_flood/switch/", {"is_enabled": "on"}).status_code == status
    assert _setting().is_enabled == (status == 200)
    client.post("/checks/flow_flood/switch/", {})
    assert not _setting().is_enabled


def test_switching_a_quarantined_check_on_lets_it_run_again(cast):
    CheckSetting.objects.filter(key="flow_flood").update(
        quarantined_at=timezone.now(), quarantine_error="column not found"
    )
    client = cast.client("operator")
    assert "column not found" in client.get("/checks/flow_flood/").content.decode()
    client.post("/checks/flow_flood/switch/", {"is_enabled": "on"})
    assert _setting().is_running


def test_the_form_saves_what_differs_and_says_who(cast):
    form = {"is_enabled": "on", "threshold": "300", "score": "90", "action": "save"}
    assert cast.client("operator").post("/checks/flow_flood/", form).status_code == 302
    setting = _setting()
    assert (setting.parameters, setting.score) == ({"threshold": 300}, 90)
    assert (setting.is_enabled, setting.updated_by) == (True, cast.operator)
    form["threshold"], form["score"] = "256", ""
    cast.client("operator").post("/checks/flow_flood/", form)
    assert (_setting().parameters, _setting().score) == ({}, None)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"threshold": "many"}, "Must be a number, is"),
        ({"threshold": "0"}, "Must be from 1 to 65535"),
        ({"threshold": "300", "score": "251"}, "whole number from 1 to 250"),
        ({"threshold": "300", "score": "high"}, "must be a whole number"),
    ],
)
def test_a_bad_value_is_kept_in_the_form_with_its_reason(cast, form, reason):
    answer = cast.client("operator").post("/checks/flow_flood/", {**form, "action": "save"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert reason.lower() in text.lower()
    assert f'value="{form["threshold"]}"' in text
    assert _setting().parameters == {}


def test_reset_brings_the_checks_own_values_back(cast):
    _setting().change(parameters={"threshold": 300}, score=90, is_enabled=True)
    cast.client("operator").post("/checks/flow_flood/", {"action": "reset"})
    setting = _setting()
    assert (setting.parameters, setting.score, setting.is_enabled) == ({}, None, False)


@pytest.mark.parametrize("who", ["viewer", "stranger"])
def test_who_may_not_change_changes_nothing(cast, who):
    answer = cast.client(who).post("/checks/flow_flood/", {"threshold": "300"})
    assert answer.status_code == 403
    assert _setting().parameters == {}


def test_lists_are_one_member_a_line(cast):
    key = "unexpected_dns"
    (name,) = parameters_of(_setting(key).kind)
    form = {"is_enabled": "on", "action": "save", name: "10.0.0.1\r\n2001:db8::/32\r\n"}
    cast.client("operator").post(f"/checks/{key}/", form)
    assert _setting(key).parameters == {name: ["10.0.0.1", "2001:db8::/32"]}
    text = cast.client("viewer").get(f"/checks/{key}/").content.decode()
    assert "10.0.0.1\n2001:db8::/32" in text


def test_an_unknown_check_is_404(cast):
    assert cast.client("viewer").get("/checks/nothing/").status_code == 404
