"""A question that takes too long, a database that is away, a bug: each said as a problem detail."""

from __future__ import annotations

import logging
import re

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from rest_framework.renderers import JSONRenderer

from monitoring.api import conditions, streams
from monitoring.history import flows as flow_history
from monitoring.patience import TooSlow, within_seconds
from tests.monitoring import builders

ADDRESSES = ["10.0.0.7", "2001:db8::7"]


class Slow:
    """A condition that takes a second for each flow of an address."""

    def __init__(self, address: str) -> None:
        self.address = address

    def sql_on(self, table):
        return "(client = %s::inet AND pg_sleep(1) IS NOT NULL)", [self.address]


@pytest.fixture(params=ADDRESSES)
def slow(request, db, settings, monkeypatch):
    """Both addresses have a flow; conditions are slow for one; pages have a twentieth second."""
    for address in ADDRESSES:
        builders.a_flow(client=address, time=timezone.now())
    monkeypatch.setitem(conditions._READERS, "flow", lambda text: Slow(request.param))
    settings.QUERY_SECONDS = 0.05
    return settings


def problem_of(answer, status):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    said = answer.json()
    assert said["status"] == status and said["title"] and said["type"] == "about:blank"
    return said


def statement_timeout():
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


def test_a_costly_condition_is_given_up(cast, slow):
    answer = cast.api("viewer").get("/api/v1/flows/", {"q": "slow"})
    said = problem_of(answer, 422)["detail"]
    assert "0.05 seconds" in said and "shorter time range" in said
    assert statement_timeout() == "0"
    assert cast.api("viewer").get("/api/v1/flows/").status_code == 200


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_a_whole_list_has_more_time(cast, slow, monkeypatch, format):
    monkeypatch.setattr(streams, "STEP", 1)
    slow.QUERY_SECONDS_OF_A_STREAM = 20
    answer = cast.api("viewer").get("/api/v1/flows/", {"q": "slow", "format": format})
    assert b"".join(answer.streaming_content).count(b"\n") == 1 + (format == "csv")
    slow.QUERY_SECONDS_OF_A_STREAM = 0.05
    answer = cast.api("viewer").get("/api/v1/flows/", {"q": "slow", "format": format})
    problem_of(answer, 422)


def test_the_page_of_flows_says_so(cast, slow):
    answer = cast.client("viewer").get("/flows/", {"q": "slow"})
    assert answer.status_code == 200
    assert "not answered within 0.05 seconds" in answer.content.decode()


def test_a_limit_ends_with_what_it_is_for(db):
    with within_seconds(7):
        assert statement_timeout() == "7s"
        with pytest.raises(TooSlow), within_seconds(0.01), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1)")
        assert statement_timeout() == "7s"
    assert statement_timeout() == "0"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_bug_is_told_without_its_insides(cast, monkeypatch, caplog, address):
    monkeypatch.setattr(flow_history, "_rows", lambda *_: 1 / 0)
    caplog.set_level(logging.ERROR)
    answer = cast.api("viewer").get("/api/v1/flows/", {"host": address})
    said = problem_of(answer, 500)
    assert "division" not in answer.content.decode()
    number = re.fullmatch(r"urn:uuid:([0-9a-f-]{36})", said["instance"]).group(1)
    (line,) = [line for line in caplog.records if number in line.getMessage()]
    assert line.exc_info is not None and line.exc_info[0] is ZeroDivisionError


def test_so_is_a_bug_behind_the_views(cast, monkeypatch, caplog):
    monkeypatch.setattr(JSONRenderer, "render", lambda *_, **__: 1 / 0)
    api = cast.api("viewer")
    api.raise_request_exception = api.handler.raise_request_exception = False
    said = problem_of(api.get("/api/v1/flows/"), 500)
    assert said["instance"].removeprefix("urn:uuid:") in caplog.text


def test_a_database_that_is_away_is_no_bug(cast, monkeypatch):
    def away(*_):
        raise OperationalError("connection to 10.0.0.1 refused for user ntopweb")

    monkeypatch.setattr(flow_history, "_rows", away)
    answer = cast.api("viewer").get("/api/v1/flows/")
    assert "ntopweb" not in problem_of(answer, 503)["detail"]
    assert answer["Retry-After"] == "10"
