"""In the band and out of it: steady, rising and daily measures; an interface's and a host's."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from checks.learning import bands
from checks.runner import Active, Runner
from monitoring import cardinality, storage
from monitoring.models import Agent, Host, Interface
from monitoring.storage.tables import TRAFFIC
from tests.checks.builders import the
from tests.checks.learning.builders import NOW

KEYS = ("flows_anomaly", "score_anomaly", "score_behavior", "traffic_behavior")
RUNNER = Runner(Active(the(key), number, 50) for number, key in enumerate(KEYS, 1))


def noisy(values, share=0.03, seed=1):
    return values * (1 + np.random.default_rng(seed).normal(0, share, len(values)))


STEADY = noisy(np.full(288, 1_000.0))
RISING = noisy(np.linspace(500, 1_500, 288))
DAILY = noisy(1_000 + 800 * np.sin(2 * np.pi * np.arange(288 * 4) / 288))


@pytest.mark.parametrize("past", [STEADY, RISING, DAILY], ids=["steady", "rising", "daily"])
@pytest.mark.parametrize(("factor", "is_out"), [(1.0, False), (3.0, True), (0.05, True)])
def test_what_the_past_lets_expect_is_in_the_band(past, factor, is_out):
    points = past.copy()
    points[-2:] *= factor
    found = bands.band(points)
    distances = np.abs(points - found.expected)[-2:] / found.deviation
    assert bool((distances > 3).all()) is is_out


def test_a_daily_peak_is_expected_where_days_are_known():
    peak = DAILY[: 288 * 3 + 72]
    assert abs(peak[-1] - bands.band(peak).expected[-1]) < 3 * bands.band(peak).deviation


def test_few_points_are_refused_and_a_flat_past_has_a_band():
    with pytest.raises(ValueError, match="values: 17 points"):
        bands.band(np.zeros(17))
    assert bands.band(np.full(100, 50.0)).deviation == 2.5
    assert bands.band(np.zeros(100)).deviation == 1.0


@pytest.fixture
def traffic():
    """A day of traffic of an interface and two hosts, whose last three points are tenfold."""
    agent = Agent.objects.create(name="lab", token_hash="x")
    interface = Interface.objects.create(agent=agent, name="eth0", kind="live")
    hosts = {"10.0.0.7": "10.0.0.7", "fd00::7@5": "fd00::7"}
    for key, address in hosts.items():
        vlan = int(key.partition("@")[2] or 0)
        Host.objects.create(
            interface=interface, address=address, vlan=vlan, is_local=True,
            first_seen=NOW, last_seen=NOW,
        )  # fmt: skip
    until = NOW.replace(minute=0)
    moments = [until - bands.STEP * n for n in range(288, 0, -1)]
    for table in TRAFFIC.values():
        storage.backend(connection).ensure(connection, table, moments)
    rows = [
        (moment, interface.pk, dimension, key, int(1_000 * size), int(100 * size), int(50 * size))
        for n, moment in enumerate(moments)
        for size in [(10 if n >= 285 else 1) * (1 + 0.02 * (n % 3))]
        for dimension, key in [("total", ""), ("l4", "TCP"), *(("host", key) for key in hosts)]
    ]
    with connection.cursor() as cursor:
        for table in ("traffic_1m", "traffic_1h"):
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join((*cardinality.KEY, *cardinality.SUMS))})"
                " VALUES (%s, %s, %s, %s, %s, 0, 0, 0, %s, %s, 0) ON CONFLICT DO NOTHING",
                rows if table == "traffic_1m" else [r for r in rows if r[0].minute == 0],
            )
    return interface


@pytest.mark.django_db
def test_an_interface_and_its_hosts_leave_their_bands(traffic):
    ((_, table),) = bands.look(NOW)
    found = RUNNER.evaluate("band", table).findings
    told = {(row["check"], row["identity"]) for row in found.iter_rows(named=True)}
    assert told == {
        ("traffic_behavior", "interface|eth0"),
        ("score_behavior", "interface|eth0"),
        *(
            (check, f"host|{key}")
            for check in ("flows_anomaly", "score_anomaly")
            for key in ("10.0.0.7", "fd00::7@5")
        ),
    }
    values = json.loads(found.filter(check="traffic_behavior")["values"][0])
    assert values["value"] > values["upper"] > values["expected"] > values["lower"]
    assert len(json.loads(values["series"])) == 72


@pytest.mark.django_db
def test_before_the_last_three_points_all_is_in_its_band(traffic):
    ((_, table),) = bands.look(NOW - timedelta(minutes=15))
    assert table.height == 6
    assert RUNNER.evaluate("band", table).findings.is_empty()


@pytest.mark.parametrize(("are_counts", "deviation"), [(False, 5.0), (True, 10.0)])
def test_what_comes_by_chance_has_a_band_of_the_root_of_its_number(are_counts, deviation):
    assert bands.band(np.full(100, 100.0), are_counts=are_counts).deviation == deviation
