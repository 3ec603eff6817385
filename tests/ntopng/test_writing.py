"""What is changed: alerts, checks, pools, tokens; and alerts that programs raise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from alerts.lifecycle import process_round
from alerts.models import Alert, AlertEvent
from checks.models import CheckSetting, sync_settings
from monitoring.models import ApiToken, HostPool, HostPoolMember
from tests.monitoring import builders
from tests.ntopng.conftest import SERVER6, V4, V6, an_alert

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(ask):
    """Call a writing path as an operator."""

    def act(path, who="operator", **body):
        status, answer = ask(path, who, write=True, body=body)
        return status, answer["rc"], answer["rc_str"], answer["rsp"]

    return act


OK = (200, 0, "OK", [])


@pytest.fixture
def when(network):
    now = int(network.now.timestamp())
    return {"ifid": network.ifid, "epoch_begin": now - 86_400, "epoch_end": now + 60}


def test_alerts_are_acknowledged_with_a_label(network, when, act):
    mine, other = an_alert(interface=network.interface), an_alert(client=V6, server=SERVER6)
    host = an_alert("syn_flood", "host", interface=network.interface)
    assert act("acknowledge/flow/alerts", label="the backup", **when) == OK
    assert list(Alert.objects.exclude(acknowledged_at=None)) == [mine]
    assert Alert.objects.get(pk=mine.pk).acknowledged_by.username == "operator"
    assert AlertEvent.objects.get(alert=mine).text == "the backup"
    assert not AlertEvent.objects.filter(alert__in=[other, host]).exists()


@pytest.mark.parametrize(("client", "server"), [(V4, "203.0.113.5"), (V6, SERVER6)])
def test_filters_choose_what_is_acknowledged_and_deleted(network, when, act, client, server):
    chosen = an_alert(client=client, server=server, interface=network.interface)
    other = an_alert(client="10.9.9.9", interface=network.interface)
    assert act("acknowledge/flow/alerts", label="", ip=f"{client};eq", **when) == OK
    other.refresh_from_db()
    assert other.acknowledged_at is None
    assert act("delete/flow/alerts", cli_ip=f"{client};eq", **when) == OK
    assert not Alert.objects.filter(pk=chosen.pk).exists()
    assert list(Alert.objects.all()) == [other]


def test_a_row_is_deleted_without_times(network, act):
    one, other = an_alert(interface=network.interface), an_alert(interface=network.interface)
    assert act("delete/flow/alerts", ifid=network.ifid, row_id=one.pk) == OK
    assert list(Alert.objects.all()) == [other]


def test_deleting_without_times_is_refused(network, act):
    an_alert(interface=network.interface)
    assert act("delete/all/alerts", ifid=network.ifid)[:2] == (400, -5)
    assert Alert.objects.count() == 1


def test_an_overlong_label_is_400(network, when, act):
    an_alert(interface=network.interface)
    assert act("acknowledge/flow/alerts", label="x" * 3000, **when)[:2] == (400, -5)


def test_checks_are_switched(act):
    key = {"check_subdir": "host", "script_key": "syn_flood"}
    for path, is_enabled in (("disable/check", False), ("enable/check", True)):
        assert act(path, **key) == OK
        setting = CheckSetting.objects.get(key="syn_flood")
        assert (setting.is_enabled, setting.updated_by.username) == (is_enabled, "operator")


@pytest.mark.parametrize(
    "body",
    [
        {"check_subdir": "host"},
        {"script_key": "syn_flood"},
        {"check_subdir": "host", "script_key": "weather"},
        {"check_subdir": "flow", "script_key": "syn_flood"},
    ],
)
def test_an_unknown_check_is_400(act, body):
    assert act("enable/check", **body)[:2] == (400, -5)


def test_a_pool_lives(act, rsp):
    status, _, name, told = act(
        "add/host/pool", pool_name="servers", pool_members="10.0.0.7/32@0, 2001:db8::/64@0"
    )
    assert (status, name) == (200, "POOL_ADDED_SUCCESSFULLY")
    pool = told["pool_id"]
    (found,) = rsp("get/host/pools")
    assert (found["name"], found["members"]) == ("servers", ["10.0.0.7", "2001:db8::/64"])
    members = ["00:1B:63:84:45:E6", "2001:db8::1"]
    assert act("edit/host/pool", pool=pool, pool_name="Servers", pool_members=members)[0] == 200
    assert [one["member"] for one in rsp("get/host/pool/members", pool=pool)] == [
        "00:1b:63:84:45:e6",
        "2001:db8::1",
    ]
    assert act("bind/host/pool/member", pool=pool, member="10.0.0.9")[2] == (
        "POOL_MEMBER_BOUND_SUCCESSFULLY"
    )
    assert rsp("get/host/pool_by_member", member="10.0.0.9/32@0") == {
        "pool_id": pool,
        "pool_name": "Servers",
    }
    assert act("bind/host/pool/member", pool=0, member="10.0.0.9")[0] == 200
    assert rsp("get/host/pool_by_member", member="10.0.0.9")["pool_id"] == 0
    assert rsp("get/pools")["host"][0]["num_members"] == 2
    assert act("delete/host/pool", pool=pool)[2] == "POOL_DELETED_SUCCESSFULLY"
    assert rsp("get/host/pools") == []


def test_a_member_is_in_one_pool(act):
    first = act("add/host/pool", pool_name="a", pool_members="10.0.0.1")[3]["pool_id"]
    second = act("add/host/pool", pool_name="b", pool_members="10.0.0.1")[3]["pool_id"]
    assert [row.pool_id for row in HostPoolMember.objects.all()] == [second]
    assert act("bind/host/pool/member", pool=second, member="10.0.0.1")[:2] == (409, -18)
    assert act("bind/host/pool/member", pool=first, member="10.0.0.1")[0] == 200
    assert act("delete/pools")[0] == 200
    assert not HostPool.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("add/host/pool", {}, (400, -5)),
        ("add/host/pool", {"pool_name": "taken"}, (409, -13)),
        ("add/host/pool", {"pool_name": "x" * 101}, (409, -13)),
        ("add/host/pool", {"pool_name": "new", "pool_members": "nas"}, (400, -5)),
        ("add/host/pool", {"pool_name": "new", "pool_members": "10.0.0.1@7"}, (400, -5)),
        ("edit/host/pool", {"pool": 99_999, "pool_name": "new"}, (409, -16)),
        ("delete/host/pool", {"pool": 99_999}, (409, -16)),
        ("bind/host/pool/member", {"pool": 99_999, "member": "10.0.0.1"}, (409, -16)),
        ("bind/host/pool/member", {"member": "10.0.0.1"}, (400, -5)),
        ("bind/host/pool/member", {"pool": 1}, (400, -5)),
    ],
)
def test_wrong_pools_are_refused(act, path, body, expected):
    HostPool.objects.create(name="taken")
    assert act(path, **body)[:2] == expected
    assert HostPool.objects.count() == 1


def test_a_token_is_made_used_and_taken_back(act, cast):
    token = act("create/ntopng/api_token", "admin", username="viewer")[3]["api_token"]
    client = Client(headers={"authorization": f"Token {token}"})
    url = "/lua/rest/v2/get/ntopng/interfaces.lua"
    assert client.get(url).status_code == 200
    assert ApiToken.objects.filter(user=cast.viewer, may_write=True).count() == 1
    (listed,) = act("get/ntopng/api_token", "admin", username="viewer")[3]
    assert "token" not in "".join(listed)
    assert act("delete/ntopng/api_token", "admin", username="viewer", id=listed["id"]) == OK
    assert client.get(url).status_code == 401


def test_a_token_makes_none_that_may_more(cast):
    ends = timezone.now() + timedelta(hours=1)
    own = builders.a_token(
        cast.admin, may_write=True, expires_at=ends, allowed_from=["127.0.0.0/8"]
    )
    client = Client(headers={"authorization": f"Token {own}"})
    client.post("/lua/rest/v2/create/ntopng/api_token.lua", {"username": "admin"})
    made = ApiToken.objects.get(name="ntopng REST")
    assert (made.expires_at, made.allowed_from) == (ends, ["127.0.0.0/8"])


def test_another_users_tokens_are_the_administrators(act, cast):
    cast.operator.user_permissions.set(Permission.objects.filter(codename="add_apitoken"))
    assert act("create/ntopng/api_token", username="admin")[:2] == (401, -3)
    assert act("create/ntopng/api_token", username="operator")[0] == 200
    assert act("create/ntopng/api_token", "admin", username="nobody")[:2] == (409, -24)


@pytest.fixture
def switched_on(db):
    sync_settings()
    CheckSetting.objects.filter(key="external_host_script").update(is_enabled=True)


@pytest.mark.parametrize("host", [V4, V6, "198.51.100.7", "2001:db8:9::7"])
def test_a_program_raises_keeps_and_ends_an_alert_of_a_host(network, switched_on, act, host):
    body = {"ifid": network.ifid, "host": host, "vlan": 0, "score": 100, "info": "too many logins"}
    for _ in range(2):
        assert act("trigger/host/alert", **body) == OK
        process_round(timezone.now())
    alert = Alert.objects.get()
    assert (alert.check_key, alert.family, alert.client, alert.score) == (
        "external_host_script",
        "host",
        host,
        100,
    )
    assert (alert.message, alert.severity, alert.is_engaged) == ("too many logins", "error", True)
    assert act("trigger/host/alert", **{**body, "score": 0}) == OK
    alert.refresh_from_db()
    assert not alert.is_engaged


def test_a_raised_alert_is_listed_by_ntopngs_number(network, switched_on, act, rsp, when):
    body = {"ifid": network.ifid, "host": f"{V4}@7", "score": 20_000, "info": "x"}
    assert act("trigger/host/alert", **body) == OK
    process_round(timezone.now())
    (record,) = rsp("get/host/alert/list", format="json", **when)["records"]
    assert (record["alert_id"]["value"], record["vlan_id"]["value"]) == ("27", 7)
    assert record["score"]["value"] == 250


def test_without_its_check_nothing_is_raised(network, act):
    body = {"ifid": network.ifid, "host": V4, "score": 100, "info": "x"}
    assert act("trigger/host/alert", **body)[:3] == (400, -2, "NOT_ENABLED")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ifid": 99_999}, -2),
        ({"host": ""}, -5),
        ({"info": ""}, -5),
        ({"info": "x" * 3000}, -5),
        ({"score": "much"}, -5),
        ({"score": -1}, -5),
        ({"host": "nas"}, -5),
    ],
)
def test_a_wrong_trigger_is_400(network, switched_on, act, body, code):
    good = {"ifid": network.ifid, "host": V4, "score": 100, "info": "x"}
    assert act("trigger/host/alert", **{**good, **body})[:2] == (400, code)


def test_a_session_acknowledges_by_post_with_the_pages_token(network, when, cast):
    an_alert(interface=network.interface)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.operator)
    client.cookies["csrftoken"] = "a" * 32
    url = "/lua/rest/v2/acknowledge/flow/alerts.lua"
    answer = client.post(url, when, headers={"x-csrftoken": "a" * 32})
    assert answer.json()["rc"] == 0
    assert Alert.objects.exclude(acknowledged_at=None).count() == 1


def test_a_reading_token_of_an_operator_raises_nothing(network, switched_on, cast):
    token = builders.a_token(cast.operator)
    body = {"ifid": network.ifid, "host": V4, "score": 100, "info": "x"}
    client = Client(headers={"authorization": f"Token {token}"})
    answer = client.get("/lua/rest/v2/trigger/host/alert.lua", body)
    assert (answer.status_code, answer.json()["rc"]) == (401, -3)
