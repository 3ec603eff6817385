"""``manage.py flows | hosts | alerts | checks``."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.monitoring import builders
from tests.recipients.builders import an_alert


def run(*words: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def seen(db):
    now = timezone.now()
    for client in ("10.0.0.1", "2001:db8::1"):
        builders.a_flow(client=client, time=now, application="DNS", server_port=53)
        builders.a_host(client, seen=now)
        an_alert(client=client, entity=client, check="syn_scan", message="many SYN")


@pytest.mark.parametrize(
    "words",
    [
        ("flows", "client = '2001:db8::1'"),
        ("flows", "--host", "2001:db8::/32"),
        ("hosts", "--host", "2001:db8::1"),
        ("alerts", "--host", "2001:db8::1"),
    ],
)
def test_a_list_is_narrowed_and_printed(seen, words):
    table = run(*words)
    assert "2001:db8::1" in table and "10.0.0.1" not in table
    found = json.loads(run(*words, "--json"))
    assert len(found) == 1 and set(found[0]) <= set(table.split())


def test_the_limit_is_kept(seen):
    assert len(json.loads(run("flows", "--json", "--limit", "1"))) == 1
    assert len(json.loads(run("flows", "application = 'DNS'", "--json"))) == 2


def test_nothing_is_said_in_words(db):
    assert run("hosts") == "Nothing found.\n"


def test_checks_are_listed_with_their_state(db):
    found = json.loads(run("checks", "--json", "--family", "host", "--search", "syn_flood"))
    assert [one["key"] for one in found] == ["syn_flood"]
    assert "threshold=" in found[0]["parameters"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("flows", "nonsense = 1"), "condition:.*nonsense"),
        (("flows", "--host", "10.0.0.300"), "--host:.*10.0.0.300"),
        (("flows", "--since", "yesterday"), "--since:.*yesterday"),
        (("flows", "--interface", "eth9"), "--interface: there is no interface 'eth9'"),
        (("flows", "--limit", "0"), "limit"),
        (("hosts", "--host", "nowhere"), "--host"),
        (("alerts", "--state", "lost"), "state"),
        (("checks", "--family", "cloud"), "family"),
    ],
)
def test_what_is_wrong_is_said_in_words(db, words, reason):
    with pytest.raises(CommandError, match=reason):
        run(*words)


def test_a_name_from_the_network_writes_nothing_into_the_terminal(db):
    builders.a_host("10.0.0.1", name="\x1b[31mred", seen=timezone.now())
    assert "\x1b" not in run("hosts")
