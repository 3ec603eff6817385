"""Floods and scans raise exactly their alerts, in time; below a threshold its check is silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from capture_agent.demonstration.payloads import http
from checks.models import CheckSetting, sync_settings
from checks.settings_store import forget_runner
from tests.pipeline.replaying import Raised, replay
from tests.traffic.attacks import dns_flood, icmp_flood, port_scan, syn_flood, syn_scan
from tests.traffic.attacks.stage import insider, server, stage

pytestmark = pytest.mark.django_db

#: Off by default, as in ntopng.
FLOODS = frozenset(
    {"syn_flood", "syn_scan", "flow_flood", "dns_flood", "icmp_flood", "scan_detection"}
)
#: What follows from the score of an attack's flows.
FOLLOWS = frozenset({"score_threshold"})
#: Seconds of packet time from the crossing of a threshold to the alert.
SOON = 6.0

#: The attack and the check it is about.
ATTACKS = [
    (syn_flood, "syn_flood"),
    (port_scan, "scan_detection"),
    (syn_scan, "syn_scan"),
    (dns_flood, "dns_flood"),
    (icmp_flood, "icmp_flood"),
]
OF_FAMILIES = pytest.mark.parametrize("family", [4, 6])
OF_ATTACKS = pytest.mark.parametrize(
    ("attack", "check"),
    ATTACKS,
    ids=lambda value: value if isinstance(value, str) else "",
)


@pytest.fixture(autouse=True)
def enabled() -> Iterator[frozenset[str]]:
    """The checks that run: those of floods besides the ones on by default."""
    sync_settings()
    CheckSetting.objects.filter(key__in=FLOODS).update(is_enabled=True)
    forget_runner()
    yield frozenset(CheckSetting.objects.filter(is_enabled=True).values_list("key", flat=True))
    forget_runner()


def exactly(raised: list[Raised], expected: frozenset[str], enabled: frozenset[str]) -> None:
    """Fail unless each expected check has one alert, and one for each side of a host."""
    assert {alert.check for alert in raised} - FOLLOWS == expected & enabled
    times = Counter((a.check, a.entity, a.attacker, a.victim) for a in raised)
    assert max(times.values(), default=1) == 1
    of_flows = Counter(alert.check for alert in raised if alert.family == "flow")
    assert max(of_flows.values(), default=1) == 1, of_flows


@OF_FAMILIES
@OF_ATTACKS
def test_an_attack_raises_exactly_its_alerts_within_six_seconds(
    tmp_path: Path, enabled: frozenset[str], attack: ModuleType, check: str, family: int
) -> None:
    raised = replay(tmp_path, attack.packets(family=family))
    exactly(raised, attack.EXPECTED | getattr(attack, f"EXPECTED_{family}", frozenset()), enabled)
    crossed = 1.0  # within its first second it is over the threshold
    assert min(alert.after for alert in raised if alert.check == check) - crossed <= SOON


@OF_FAMILIES
@OF_ATTACKS
def test_below_its_threshold_the_check_is_silent(
    tmp_path: Path, enabled: frozenset[str], attack: ModuleType, check: str, family: int
) -> None:
    raised = replay(tmp_path, attack.packets(family=family, **attack.BELOW))
    exactly(raised, getattr(attack, "EXPECTED_BELOW", frozenset()), enabled)
    assert check not in {alert.check for alert in raised}


@OF_FAMILIES
def test_a_busy_client_below_the_thresholds_raises_nothing(tmp_path: Path, family: int) -> None:
    """200 connections/s, as many SYNs and flows, of 256: all answered, all with data."""
    scene = stage()
    for number in range(1_200):
        connection = scene.tcp(insider(family), server(family), 80, 1.0 + number / 200)
        answer = http.response(http.page("Readings"))
        scene.add(connection.open().ask(http.request("www.office.example"), answer).close())
    assert replay(tmp_path, sorted(scene.packets)) == []
