from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from monitoring.models import Agent, ApiToken
from tests.monitoring import builders

URL = "/api/v1/hosts/"


def test_without_a_token_nothing_is_read(db):
    answer = APIClient().get(URL)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token wrong", "Token \u00e9"])
def test_a_wrong_token_is_refused(db, header):
    assert APIClient().get(URL, HTTP_AUTHORIZATION=header).status_code == 401


def test_only_the_hash_of_a_token_is_kept(cast):
    text = builders.a_token(cast.viewer)
    assert text not in str(ApiToken.objects.values().get())


def test_an_expired_token_is_refused(cast):
    assert (
        cast.api("viewer", expires_at=timezone.now() + timedelta(minutes=1)).get(URL).status_code
        == 200
    )
    answer = cast.api("viewer", expires_at=timezone.now()).get(URL)
    assert (answer.status_code, answer.json()["detail"]) == (401, "The token has expired.")


def test_a_token_ends_with_its_user(cast):
    api = cast.api("viewer")
    User.objects.filter(username="viewer").update(is_active=False)
    assert api.get(URL).status_code == 401


def test_use_is_noted_at_most_once_a_minute(cast, django_assert_num_queries):
    api = cast.api("admin")
    api.get(URL)
    first = ApiToken.objects.get().last_used_at
    api.get(URL)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    api.get(URL)
    assert ApiToken.objects.get().last_used_at > first


def test_a_session_reads_too(cast):
    assert cast.client("viewer").get(URL).status_code == 200


@pytest.mark.parametrize("name", ["agents", "interfaces", "hosts", "flows", "ledger", "traffic"])
@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("operator", 200), ("viewer", 200), ("stranger", 403)]
)
def test_who_may_view_reads(cast, name, who, status):
    assert cast.api(who).get(f"/api/v1/{name}/").status_code == status


@pytest.mark.parametrize(
    ("who", "may_write", "status"),
    [("admin", True, 201), ("admin", False, 403), ("operator", True, 403), ("viewer", True, 403)],
)
def test_writing_needs_the_permission_and_the_scope(cast, who, may_write, status):
    answer = cast.api(who, may_write=may_write).post("/api/v1/agents/", {"name": "new"})
    assert answer.status_code == status
    assert Agent.objects.filter(name="new").exists() == (status == 201)


def test_a_token_that_only_reads_says_so(cast):
    answer = cast.api("admin").post("/api/v1/agents/", {"name": "new"})
    assert "only reads" in answer.json()["detail"]
