"""Threshold rules: what is summed, for whom, and when a limit is crossed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from alerts.models import Finding
from checks import settings_store, sums
from checks.models import ThresholdRule
from checks.rules import RuleError
from checks.runner import Active, Runner
from checks.sums import Asked, to_table
from checks.thresholds import FRAME, PERIODS, SUBJECTS, Limit, build
from monitoring import storage
from monitoring.enrichment import context
from monitoring.models import Agent, HostPool, HostPoolMember, Interface, LocalNetwork
from monitoring.storage.tables import TRAFFIC
from ntopweb.periodic import run_sums

NOW = datetime(2026, 11, 24, 12, 0, 15, tzinfo=UTC)
UNTIL = NOW - sums.DELAY


def a_limit(**said):
    return Limit(**{"key": "threshold_1", "title": "Limit", "subject": "host", "metric": "bytes",
                    "threshold": 100} | said)  # fmt: skip


def fired(limit, *rows):
    base = dict.fromkeys(
        ("bytes_received", "packets_sent", "packets_received", "flows", "score"), 0
    )
    columns = {"interface_id": 1, "subject": "host", "period": 300, **base}
    table = sums.pl.DataFrame([columns | row for row in rows], schema=sums.TRAFFIC)
    found = Runner([Active(build(limit), 1, 50)]).evaluate(FRAME, table).findings
    return dict(found.select("identity", "message").iter_rows())


HOSTS = [{"name": "10.0.0.7", "bytes_sent": 100}, {"name": "2001:db8::7", "bytes_sent": 101}]


@pytest.mark.parametrize(("said", "expected"), [
    ({}, {"host|2001:db8::7": "host 2001:db8::7: 101 B in 5 min, over 100 B"}),
    ({"operator": "<", "threshold": 101, "target": "10.0.0.7"},
     {"host|10.0.0.7": "host 10.0.0.7: 100 B in 5 min, under 101 B"}),
    ({"target": "10.0.0.7", "threshold": 99},
     {"host|10.0.0.7": "host 10.0.0.7: 100 B in 5 min, over 99 B"}),
    ({"metric": "bits_per_second", "threshold": 2.68},
     {"host|2001:db8::7": "host 2001:db8::7: 2.69 bit/s in 5 min, over 2.68 bit/s"}),
    ({"target": "2001:DB8:0::7", "threshold": 99},
     {"host|2001:db8::7": "host 2001:db8::7: 101 B in 5 min, over 99 B"}),
    ({"direction": "received"}, {}),
    ({"period": 60}, {}),
    ({"subject": "vlan"}, {}),
    ({"metric": "flows"}, {}),
])  # fmt: skip
def test_a_limit_is_crossed_just_over_it(said, expected):
    assert fired(a_limit(**said), *HOSTS) == expected


@pytest.mark.parametrize(("said", "field"), [
    ({"subject": "x"}, "subject"),
    ({"metric": "x"}, "metric"),
    ({"period": 61}, "period"),
    ({"threshold": -1}, "threshold"),
    ({"operator": "<"}, "target"),
    ({"target": "10.0.0.300"}, "target"),
    ({"subject": "network", "target": "2001:db8::/129"}, "target"),
    ({"subject": "network"}, "target"),
    ({"subject": "vlan", "target": "4096"}, "target"),
])  # fmt: skip
def test_a_limit_that_cannot_be_is_refused_naming_the_field(said, field):
    with pytest.raises(RuleError) as caught:
        build(a_limit(**said))
    assert caught.value.field == field


@pytest.fixture
def traffic(db):
    """One interface, five minutes of sums of hosts of both IP versions and two VLANs."""
    agent = Agent.objects.create(name="a")
    interface = Interface.objects.create(agent=agent, name="eth0", kind="live")
    for resolution in ("10s", "1m", "1h"):
        table = TRAFFIC[resolution]
        storage.backend(connection).ensure(connection, table, [UNTIL - timedelta(hours=1), UNTIL])
        for back in (10, 120, 3000):
            bucket = UNTIL - timedelta(seconds=back)
            rows = [("host", key) for key in ("10.0.0.7", "10.0.1.7@5", "2001:db8::7", "other")]
            for dimension, key in [*rows, ("application", "TLS"), ("total", "")]:
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"INSERT INTO {table.name} VALUES (%s, %s, %s, %s, 10, 1, 2, 2, 1, 5, 0)",
                        [bucket, interface.pk, dimension, key],
                    )
    LocalNetwork.objects.all().delete()
    LocalNetwork.objects.create(network="10.0.1.0/24")
    pool = HostPool.objects.create(name="Servers")
    HostPoolMember.objects.create(pool=pool, value="10.0.0.0/16")
    context.forget()
    yield interface
    context.forget()


def asked(subject, seconds=300, target=""):
    rows = to_table([Asked(subject, seconds, target)], NOW)
    return {row["name"]: row["bytes_sent"] for row in rows.to_dicts()}


def test_sums_are_of_whom_is_asked_for(traffic):
    assert asked("host") == dict.fromkeys(["10.0.0.7", "10.0.1.7@5", "2001:db8::7", "other"], 20)
    assert asked("vlan") == {"0": 40, "5": 20}
    assert asked("pool") == {"Servers": 40}
    assert asked("network", target="2001:db8::/32") == {"2001:db8::/32": 20}
    assert asked("network") == {"10.0.1.0/24": 20}
    assert asked("interface") == {"eth0": 20}
    assert asked("application") == {"TLS": 20}


def test_a_period_has_what_came_in_it(traffic):
    assert [asked("application", seconds)["TLS"] for seconds in (60, 300, 3600)] == [10, 20, 30]


def test_who_was_named_and_is_silent_has_zeros(traffic):
    assert asked("host", target="192.0.2.1")["192.0.2.1"] == 0
    assert asked("network", target="192.0.2.0/24") == {"192.0.2.0/24": 0}


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("period", PERIODS)
def test_nothing_seen_is_no_row(db, subject, period):
    assert to_table([Asked(subject, period, "")], NOW).is_empty()


def test_a_rule_runs_and_is_stopped_by_its_own_key(traffic):
    rule = ThresholdRule(title="Much", subject="host", threshold=19)
    rule.keep()
    runner = Runner([Active(rule.build(), rule.number, rule.score)])
    table, evaluation = sums.evaluate(runner, NOW)
    assert table.height == 4 and evaluation.findings["check"].unique().to_list() == [rule.key]
    with pytest.raises(ValidationError, match="no address"):
        ThresholdRule(title="x", subject="host", target="y", threshold=1).keep()


def test_what_crosses_a_limit_becomes_findings_of_its_host(traffic):
    rule = ThresholdRule(title="Much", subject="host", target="2001:db8::7", threshold=19)
    rule.keep()
    settings_store.forget_runner()
    assert run_sums(NOW) == 1
    (found,) = Finding.objects.filter(check_key=rule.key)
    assert (found.family, found.identity, found.interface_id) == (
        "host",
        "host|2001:db8::7",
        traffic.pk,
    )
    assert found.message == "host 2001:db8::7: 22 B in 5 min, over 19 B"
    settings_store.forget_runner()
