"""Silence is seen: from rows of the database to findings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.frames import INTERFACE_STATUS
from checks.periodic import evaluate, to_table
from checks.runner import Active, Runner
from monitoring.history.traffic import Sums
from monitoring.models import Agent, Interface
from tests.checks.builders import the

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def an_interface(name="eth0", kind="live", silence=5.0, age=900.0, agent="lab", pk=1):
    return Interface(
        pk=pk,
        agent=Agent(name=agent),
        name=name,
        kind=kind,
        first_seen=NOW - timedelta(seconds=age),
        last_seen=NOW - timedelta(seconds=silence),
    )


def test_an_interface_is_a_row_with_what_came_of_it():
    table = to_table([an_interface()], {1: Sums("", 10, 20, 7, 2, 0)}, NOW)
    assert table.schema == INTERFACE_STATUS
    assert table.to_dicts() == [
        {
            "interface_id": 1,
            "name": "eth0",
            "kind": "live",
            "agent": "lab",
            "age": 900.0,
            "silence": 5.0,
            "packets": 7,
            "flows": 2,
        }
    ]


def test_an_interface_of_which_nothing_came_is_a_row_too():
    interface = an_interface()
    interface.last_seen = None
    (row,) = to_table([interface], {}, NOW).to_dicts()
    assert (row["packets"], row["flows"], row["silence"]) == (0, 0, 900.0)


def test_no_interfaces_are_an_empty_table():
    assert to_table([], {}, NOW).schema == INTERFACE_STATUS


@pytest.mark.django_db
def test_interfaces_of_enabled_agents_are_evaluated():
    keys = ("no_if_activity", "no_probe_or_exporter_activity")
    runner = Runner(Active(the(key), number, 250) for number, key in enumerate(keys, 1))
    for agent, enabled in [("lab", True), ("old", False)]:
        owner = Agent.objects.create(name=agent, token_hash=agent, is_enabled=enabled)
        Interface.objects.create(agent=owner, name="eth0", kind="live", last_seen=NOW)
    Interface.objects.update(first_seen=NOW - timedelta(hours=1))
    status = evaluate(runner, NOW)
    assert status.evaluation.findings["message"].to_list() == ["eth0 of lab sees no traffic"]
    later = evaluate(runner, NOW + timedelta(seconds=61))
    assert later.evaluation.findings["message"].to_list() == [
        "eth0 of lab has sent nothing for 61 s"
    ]
