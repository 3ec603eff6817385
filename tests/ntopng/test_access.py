"""Who may call: tokens, passwords, sessions; and how a refusal looks."""

from __future__ import annotations

import base64
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import resolve

from monitoring.models import ApiToken
from ntopweb.ntopng.urls import ENDPOINTS
from tests.monitoring import builders
from tests.ntopng.conftest import V4

pytestmark = pytest.mark.django_db

TEST = "/lua/rest/v2/connect/test.lua"
LIST = "/lua/rest/v2/get/ntopng/interfaces.lua"


def basic(name: str, password: str) -> dict[str, str]:
    text = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"authorization": f"Basic {text}"}


@pytest.fixture
def somebody(cast):
    cache.clear()
    cast.viewer.set_password("open sesame")
    cast.viewer.save()
    return cast.viewer


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Token nonsense"},
        {"authorization": "Token"},
        basic("viewer", "wrong"),
        basic("None", "None"),
        {"authorization": "Basic !!!"},
    ],
)
def test_wrong_credentials_are_html_to_the_connect_test_and_json_elsewhere(somebody, headers):
    test = Client(headers=headers).get(TEST)
    assert (test.status_code, test["Content-Type"]) == (401, "text/html; charset=utf-8")
    other = Client(headers=headers).get(LIST)
    assert (other.status_code, other["Content-Type"]) == (401, "application/json")
    assert (other.json()["rc"], other.json()["rc_str"]) == (-3, "NOT_GRANTED")
    assert other.json()["rsp"] == []


def test_a_token_connects(somebody):
    client = Client(headers={"authorization": f"Token {builders.a_token(somebody)}"})
    answer = client.get(TEST)
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {"rc": 0, "rc_str": "OK", "rc_str_hr": "Success", "rsp": []}


def test_a_password_connects_and_is_asked_for_again_once_changed(somebody):
    client = Client(headers=basic("viewer", "open sesame"))
    assert [client.get(LIST).status_code for _ in range(3)] == [200, 200, 200]
    somebody.set_password("other")
    somebody.save()
    assert client.get(LIST).status_code == 401


def test_a_disabled_user_is_out_at_once(somebody):
    client = Client(headers=basic("viewer", "open sesame"))
    assert client.get(LIST).status_code == 200
    somebody.is_active = False
    somebody.save()
    assert client.get(LIST).status_code == 401


def test_guessing_is_locked_out(somebody):
    for _ in range(11):
        Client(headers=basic("viewer", "guess")).get(LIST)
    answer = Client(headers=basic("viewer", "open sesame")).get(LIST)
    assert (answer.status_code, answer.json()["rc"]) == (401, -3)


def test_a_session_reads_even_by_post(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.viewer)
    assert client.get(LIST).status_code == 200
    assert client.post(LIST, {}, content_type="application/json").status_code == 200


READS = sorted(name for name, one in ENDPOINTS.items() if not one.writes)
WRITES = sorted(name for name, one in ENDPOINTS.items() if one.writes)


@pytest.mark.parametrize("path", [name for name in READS if ENDPOINTS[name].permissions])
def test_a_stranger_reads_nothing(cast, ask, path):
    status, answer = ask(path, "stranger", ifid=1)
    assert (status, answer["rc"]) == (401, -3)


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(("who", "write"), [("viewer", True), ("admin", False)])
def test_neither_a_viewer_nor_a_reading_token_writes(cast, ask, path, who, write):
    status, answer = ask(path, who, write=write, body={"ifid": 1})
    assert (status, answer["rc"]) == (401, -3)


@pytest.mark.parametrize("path", WRITES)
def test_a_session_writes_by_post_with_the_pages_token_alone(cast, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.admin)
    url = f"/lua/rest/v2/{path}.lua"
    assert client.get(url).status_code == 401
    assert client.post(url, {}, content_type="application/json").status_code == 401


@pytest.mark.parametrize("path", ["/lua/rest/v2/get/nothing.lua", "/lua/x", "/lua/rest/v1/a.lua"])
def test_unknown_paths_are_404_in_json(somebody, path):
    answer = Client().get(path)
    assert (answer.status_code, answer.json()["rc"]) == (404, -1)


@pytest.mark.parametrize("body", ["{", "[1]", '"text"', "nul"])
def test_a_body_that_is_no_object_is_bad_format(somebody, body):
    client = Client(headers={"authorization": f"Token {builders.a_token(somebody)}"})
    answer = client.post(LIST, body, content_type="application/json")
    assert (answer.status_code, answer.json()["rc_str"]) == (400, "BAD_FORMAT")


def test_another_method_is_405_in_the_envelope(somebody):
    client = Client(headers={"authorization": f"Token {builders.a_token(somebody)}"})
    answer = client.delete(LIST)
    assert (answer.status_code, answer.json()["rc"]) == (405, -5)


@pytest.mark.parametrize("base", ["/lua/rest/v2/", "/lua/pro/rest/v2/"])
def test_each_path_answers_under_both_bases(base):
    for name, endpoint in ENDPOINTS.items():
        assert resolve(f"{base}{name}.lua").func.view_initkwargs == {"endpoint": endpoint}


def test_what_nobody_foresaw_is_a_500_in_the_envelope(somebody, monkeypatch):
    from ntopweb.ntopng import interfaces

    monkeypatch.setattr(interfaces.Interface.objects, "select_related", lambda *_: 1 / 0)
    client = Client(
        headers={"authorization": f"Token {builders.a_token(somebody)}"},
        raise_request_exception=False,
    )
    answer = client.get(LIST)
    said = answer.json()
    assert (answer.status_code, said["rc_str"], said["rsp"]) == (500, "INTERNAL_ERROR", [])
    assert "division by zero" not in answer.content.decode()
    assert re.search(r"at [0-9a-f-]{36}\.$", said["rc_str_hr"])


def test_what_cannot_be_written_as_json_is_a_500_in_the_envelope(somebody, monkeypatch):
    from ntopweb.ntopng.view import Lua

    token = builders.a_token(somebody)
    client = Client(headers={"authorization": f"Token {token}"}, raise_request_exception=False)
    monkeypatch.setattr(Lua.renderer_classes[0], "render", lambda *_, **__: 1 / 0)
    answer = client.get(LIST)
    assert (answer.status_code, answer.json()["rc"]) == (500, -6)


@pytest.fixture
def limited(cast, network):
    """A writing token of the administrator that is limited to another interface."""
    token = ApiToken(user=cast.admin, name="limited", may_write=True)
    text = token.renew_token()
    token.save()
    token.limit_to([builders.an_interface("other")])
    return Client(headers={"authorization": f"Token {text}"})


def test_a_token_sees_the_interfaces_alone_that_it_is_limited_to(limited, network):
    names = [one["name"] for one in limited.get(LIST).json()["rsp"]]
    assert names == ["other"]
    given = {"epoch_begin": 0, "epoch_end": 4_000_000_000, "ifid": network.ifid}
    given |= {"host": V4, "ts_schema": "iface:traffic_rxtx", "ts_query": f"ifid:{network.ifid}"}
    given |= {"alert_family": "flow", "query": "192", "info": "x", "label": ""}
    for name, endpoint in ENDPOINTS.items():
        if not endpoint.permissions or endpoint.is_global:
            continue
        answer = limited.get(f"/lua/rest/v2/{name}.lua", given)
        told = answer.json()
        hidden = told["rsp"] in ([], {V4: []}, {"results": []}, {"ip": V4, "name": V4})
        listed = name in ("get/ntopng/interfaces", "get/timeseries/type/consts")
        assert listed or hidden, name
        assert listed or answer.status_code == 400 or name.startswith("get/host/"), name


@pytest.mark.parametrize("path", [name for name, one in ENDPOINTS.items() if one.is_global])
def test_a_limited_token_calls_nothing_that_is_about_all(limited, path):
    answer = limited.post(f"/lua/rest/v2/{path}.lua", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["rc"]) == (401, -3)


@pytest.mark.parametrize("fields", [{"may_read": False}, {"networks": ["10.0.0.0/8"]}])
def test_a_token_that_does_not_read_or_is_of_networks_is_refused(cast, fields):
    client = Client(headers={"authorization": f"Token {builders.a_token(cast.admin, **fields)}"})
    assert client.get(LIST).status_code == 401


def test_too_many_calls_are_429_in_the_envelope(cast, settings):
    cache.clear()
    settings.API_CALLS_PER_MINUTE = 2
    client = Client(headers={"authorization": f"Token {builders.a_token(cast.viewer)}"})
    answers = [client.get(LIST) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].json()["rsp"] == [] and 0 < int(answers[2]["Retry-After"]) <= 60
