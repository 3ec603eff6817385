"""What a token may: its scopes, its limits, and from where."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from monitoring.models import ApiToken
from tests.api.problems import reasons
from tests.monitoring import builders
from tests.recipients.builders import an_alert

HOSTS = "/api/v1/hosts/"
EVENT = {"key": "1", "title": "Port scan", "client": "10.0.0.1"}


@pytest.mark.parametrize(
    ("scopes", "reads", "writes", "posts"),
    [
        ({}, 200, 403, 403),
        ({"may_write": True}, 200, 201, 403),
        ({"may_ingest": True}, 200, 403, 201),
        ({"may_read": False, "may_ingest": True}, 403, 403, 201),
    ],
)
def test_a_scope_is_for_what_it_says(cast, scopes, reads, writes, posts):
    from checks.models import sync_settings

    sync_settings()
    api = cast.api("admin", **scopes)
    assert api.get(HOSTS).status_code == reads
    assert api.post("/api/v1/pools/", {"name": "p", "members": []}).status_code == writes
    assert api.post("/api/v1/events/", EVENT).status_code == posts


@pytest.mark.parametrize(
    ("networks", "caller", "status"),
    [
        (["10.0.0.0/8"], "10.1.2.3", 200),
        (["10.0.0.0/8"], "::ffff:10.1.2.3", 200),
        (["10.0.0.0/8"], "192.0.2.1", 401),
        (["2001:db8::/32"], "2001:db8::1", 200),
        (["2001:db8::/32"], "2001:db9::1", 401),
        (["10.0.0.0/8", "2001:db8::/32"], "", 401),
        ([], "", 200),
    ],
)
def test_a_token_is_used_from_its_networks_alone(cast, networks, caller, status):
    api = cast.api("viewer", allowed_from=networks)
    assert api.get(HOSTS, REMOTE_ADDR=caller).status_code == status
    used_from = ApiToken.objects.get().last_used_from
    assert used_from == (caller.removeprefix("::ffff:") or None if status == 200 else None)


@pytest.mark.parametrize("inside", ["10.0.0.7", "2001:db8::7"])
def test_a_token_limited_to_networks_sees_their_hosts_flows_and_alerts_alone(cast, inside):
    for address in (inside, "192.0.2.1"):
        builders.a_host(address)
        builders.a_flow(client=address, server="198.51.100.1")
        an_alert(client=address, entity=address)
    api = cast.api("admin", networks=["10.0.0.0/8", "2001:db8::/32"])
    since = "since=2026-11-24T00:00:00Z&until=2026-11-25T00:00:00Z"
    assert [row["address"] for row in api.get(HOSTS).json()["results"]] == [inside]
    found = api.get(f"/api/v1/flows/?{since}").json()["results"]
    assert [row["client"] for row in found] == [inside]
    assert [row["client"] for row in api.get("/api/v1/alerts/").json()["results"]] == [inside]
    assert list(reasons(api.get("/api/v1/traffic/"))) == ["dimension"]


def test_a_token_stays_limited_when_its_interface_is_removed(cast):
    one, other = builders.an_interface("eth0"), builders.an_interface("eth1")
    builders.a_host("10.0.0.1", interface=one), builders.a_host("10.0.0.2", interface=other)
    api = cast.api("admin", may_write=True)
    token = ApiToken.objects.get()
    token.limit_to([one])
    seen = [row["address"] for row in api.get(HOSTS).json()["results"]]
    one.delete()
    assert seen == ["10.0.0.1"]
    assert api.get(HOSTS).json()["results"] == []
    assert api.get("/api/v1/checks/").status_code == 403  # about all interfaces
    assert api.post("/api/v1/agents/", {"name": "x"}).status_code == 403


def test_users_make_their_own_tokens_and_tokens_make_none(cast):
    client = cast.client("viewer")
    said = {"name": "script", "scopes": ["read"], "networks": ["10.0.0.0/8"]}
    made = client.post("/api/v1/tokens/", said, content_type="application/json")
    assert made.status_code == 201, made.content
    text = made.json()["token"]
    assert text not in client.get("/api/v1/tokens/").content.decode()
    assert cast.api("viewer", may_write=True).post("/api/v1/tokens/", said).status_code == 403
    assert cast.client("operator").get("/api/v1/tokens/").json()["results"] == []
    User.objects.get(username="viewer").delete()
    assert not ApiToken.objects.filter(name="script").exists()


def test_calls_over_the_rate_are_told_when_to_come_again(cast, settings):
    settings.API_CALLS_PER_MINUTE = 2
    api, other = cast.api("viewer"), cast.api("admin")
    answers = [api.get(HOSTS) for _ in range(5)]
    assert [answer.status_code for answer in answers][-1] == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert other.get(HOSTS).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/hosts/999/"])
def test_what_is_not_there_is_a_problem_too(cast, path):
    answer = cast.api("admin").get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["title"] == "Not Found"
