"""Even intervals are seen as such, chance is not; a rhythm is learned with its period."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import polars as pl
import pytest
from django.db import transaction

from checks.learning.rhythms import STARTS, learned, look, rhythms
from checks.models import Learned
from checks.runner import Active, Runner
from monitoring.models import Agent, Interface
from tests.checks.builders import the
from tests.checks.learning.builders import NOW

RUNNER = Runner([Active(the("beaconing"), 1, 50), Active(the("periodicity_changed"), 2, 1)])


def pair(starts, sizes=None, client="10.0.0.7", server="198.51.100.9"):
    return {
        "interface_id": 1, "client": client, "server": server, "vlan": 0, "server_port": 443,
        "l4": 6, "application": "TLS", "time": NOW, "starts": sorted(starts),
        "sizes": sizes or [500.0] * len(starts),
    }  # fmt: skip


def table(*pairs):
    return pl.DataFrame(list(pairs), schema=STARTS, orient="row")


def fired(*pairs):
    told = rhythms(table(*pairs)).with_columns(
        verdict=pl.lit(""), learned_period=pl.lit(0.0), learned_after=0.0, known_for=0.0
    )
    return RUNNER.evaluate("rhythm", told).findings["check"].to_list()


def beats(period, jitter=0.0, count=30, seed=1):
    chance = Random(seed)
    return [n * period + chance.uniform(-jitter, jitter) * period for n in range(count)]


@pytest.mark.parametrize(("client", "server"), [
    ("10.0.0.7", "198.51.100.9"), ("fd00::7", "2001:db8::9"),
])  # fmt: skip
def test_a_steady_beat_is_measured(client, server):
    (row,) = rhythms(table(pair(beats(60.0), client=client, server=server))).to_dicts()
    assert (row["period"], row["spread"], row["skew"], row["flows"]) == (60.0, 0.0, 0.0, 30)
    assert row["name"] == f"{client} → {server}:443"
    assert fired(pair(beats(60.0), client=client, server=server)) == ["beaconing"]


@pytest.mark.parametrize(("jitter", "fires"), [(0.0, True), (0.1, True), (0.6, False)])
def test_jitter_is_borne_up_to_a_point(jitter, fires):
    assert bool(fired(pair(beats(60.0, jitter)))) is fires


def test_a_missed_beat_is_borne():
    assert fired(pair([start for n, start in enumerate(beats(60.0)) if n % 9])) == ["beaconing"]


def test_uneven_sizes_are_a_persons():
    chance = Random(2)
    assert fired(pair(beats(60.0), [chance.uniform(100, 9_000) for _ in range(30)])) == []


def test_people_are_not_taken_for_programs():
    """Poisson arrivals: none of a hundred pairs."""
    chance = Random(3)
    people = []
    for _ in range(100):
        at, starts = 0.0, []
        for _ in range(40):
            at += chance.expovariate(1 / 60)
            starts.append(at)
        people.append(pair(starts, [chance.uniform(300, 3_000) for _ in starts]))
    assert fired(*people) == []


def test_four_of_five_beacons_with_jitter_of_a_fifth_are_caught():
    beacons = [pair(beats(60.0, 0.1, seed=seed)) for seed in range(100)]
    assert len(fired(*beacons)) >= 80


@pytest.mark.django_db
def test_a_period_is_learned_and_its_change_is_told():
    agent = Agent.objects.create(name="lab", token_hash="x")
    Interface.objects.create(pk=1, agent=agent, name="eth0", kind="live")
    learned(rhythms(table(pair(beats(60.0)), pair(beats(60.0, 0.9), server="198.51.100.10"))))
    assert [(one.value, one.kind) for one in Learned.objects.all()] == [("60.0", "rhythm")]
    later = learned(rhythms(table(pair(beats(120.0)) | {"time": NOW + timedelta(hours=1)})))
    found = RUNNER.evaluate("rhythm", later).findings.sort("check")
    assert found["check"].to_list() == ["beaconing", "periodicity_changed"]
    assert "every 60.0 s, now every 120.0 s" in found["message"][1]
    Learned.objects.update(verdict="allowed")
    assert RUNNER.evaluate(
        "rhythm", learned(rhythms(table(pair(beats(120.0)))))
    ).findings.is_empty()


@pytest.mark.django_db
def test_no_flows_are_no_rhythms():
    with transaction.atomic():
        ((name, found),) = look(NOW)
    assert (name, found.height) == ("rhythm", 0)


@pytest.mark.parametrize("server", ["224.0.0.251", "255.255.255.255", "ff02::fb", "198.51.100.9"])
def test_what_is_sent_to_many_has_no_rhythm(server):
    announced = pair(beats(60.0), server=server)
    assert rhythms(table(announced)).height == (server == "198.51.100.9")
