"""Reports of what is stored: figures that can be counted by hand, for IPv4 and IPv6."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.models import Alert
from alerts.reports.building import build
from alerts.reports.document import Report, Section
from alerts.reports.subject import Period, subject_of
from monitoring.models import Interface
from tests.monitoring import builders

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = Period(NOON - timedelta(days=1), NOON)
HOUR = timedelta(hours=1)
FAMILIES = [
    ("192.168.1.10", "192.168.1.0/24", "203.0.113.5"),
    ("2001:db8:1::10", "2001:db8:1::/48", "2001:db8:ffff::5"),
]


def an_alert(interface: Interface, at: datetime, client: str, **fields: Any) -> Alert:
    said = {
        "check_key": "syn_flood_attacker",
        "check_id": 1,
        "family": "host",
        "frame": "host",
        "identity": f"{at}{client}{fields}",
        "entity": client,
        "score": 110,
        "severity": "error",
        "state": "released",
        "count": 3,
        "message": f"{client} sent <b>SYNs</b>",
        "attack": "T1498.001",
    }
    times = dict.fromkeys(
        ("first_seen", "last_seen", "quiet_at", "engaged_at", "noted_at", "released_at"), at
    )
    return Alert.objects.create(
        **{**said, **times, "cooldown": 60, "interface": interface, "client": client, **fields}
    )


def traffic(interface: Interface, host: str, remote: str, at: datetime, size: int) -> None:
    both = {"bytes_sent": size, "bytes_received": 3 * size, "flows": 2}
    for resolution in ("1m", "1h"):
        for dimension, key in (
            ("total", ""),
            ("application", "TLS"),
            ("host", host),
            ("host", "other"),
            ("peers", f"{host} {remote}"),
            ("peers", "other"),
            ("country", "DE"),
        ):
            sums = {"bytes_sent": 4 * size, "flows": 2} if dimension == "total" else both
            builders.some_traffic(
                dimension, key, bucket=at, interface=interface, resolution=resolution, **sums
            )


def report(kind: str, value: str = "", zone: str = "Europe/Rome") -> Report:
    return build(subject_of(kind, value), DAY, ZoneInfo(zone), NOON)


def section(found: Report, title: str) -> Section:
    return next(one for one in found.sections if one.title == title)


def cells(found: Report, title: str) -> list[list[str]]:
    table = section(found, title).table
    assert table, section(found, title).empty
    return [list(row.cells) for row in table.rows]


@pytest.fixture
def interface() -> Interface:
    return builders.an_interface("eth0")


@pytest.mark.parametrize(("host", "network", "remote"), FAMILIES)
@pytest.mark.parametrize("kind", ["site", "interface", "network", "host"])
def test_traffic_is_summed_and_compared(
    interface: Interface, kind: str, host: str, network: str, remote: str
) -> None:
    builders.a_host(host, name="a-host", interface=interface, is_local=True)
    traffic(interface, host, remote, NOON - 3 * HOUR, 2**20)
    traffic(interface, host, remote, NOON - 27 * HOUR, 2**21)
    value = {"interface": str(interface.pk), "network": network, "host": host}.get(kind, "")
    found = report(kind, value)
    assert found.tiles[0].value == "4.0 MB"
    assert found.tiles[0].trend == "50 % less than in the period before"
    assert found.summary[0].startswith("4.0 MB")
    assert "Tue 24 Nov 10:00" in found.summary[0]  # Rome's time
    pairs = cells(found, "Top peers" if kind == "host" else "Top conversations")
    assert pairs == [[f"{host} (a-host)", remote, "4.0 MB", "2"]]
    if kind != "host":
        assert cells(found, "Top talkers") == [[host, "a-host", "4.0 MB", "100 %", "2"]]
    if kind in ("site", "interface"):
        assert cells(found, "Countries") == [["Germany", "4.0 MB", "100 %", "2"]]


@pytest.mark.parametrize(("host", "network", "remote"), FAMILIES)
def test_a_host_has_its_applications_and_countries_by_its_flows(
    interface: Interface, host: str, network: str, remote: str
) -> None:
    traffic(interface, host, remote, NOON - HOUR, 1000)
    builders.a_flow(
        interface=interface,
        client=host,
        server=remote,
        time=NOON - HOUR,
        server_country="FR",
        bytes_to_server=100,
        bytes_to_client=900,
    )
    for kind, value in (("host", host), ("network", network)):
        found = report(kind, value)
        assert [row[1:] for row in cells(found, "Applications")] == [["1000 B", "100 %", "1"]]
        assert cells(found, "Countries") == [["France", "1000 B", "100 %", "1"]]


@pytest.mark.parametrize(("host", "network", "remote"), FAMILIES)
def test_alerts_are_counted_by_check_with_their_trend(
    interface: Interface, host: str, network: str, remote: str
) -> None:
    for hours in (1, 2, 3):
        an_alert(interface, NOON - hours * HOUR, host)
    an_alert(interface, NOON - 30 * HOUR, host)
    an_alert(interface, NOON - 30 * HOUR, host, check_key="flow_flood_attacker", attack="")
    an_alert(interface, NOON - 2 * HOUR, "198.51.100.77", score=250, severity="emergency")
    found = report("network", network)
    ((check, *rest),) = cells(found, "Alerts by check")
    assert check
    assert rest == ["error", "3", "1", "+2", "9"]
    assert "quiet since" in section(found, "Alerts by check").note
    technique = ["T1498.001", "Direct Network Flood", "Impact", "3", "+2", "1"]
    assert cells(found, "MITRE ATT&CK") == [technique]
    assert [row[1] for row in cells(found, "Noise")] == ["3"]
    assert found.tiles[3].value == "3"
    assert len(cells(found, "Gravest alerts")) == 3
    assert report("site").tiles[3].value == "4"


@pytest.mark.parametrize("kind", ["site", "network", "host"])
def test_an_empty_section_says_why(kind: str) -> None:
    value = {"network": "10.0.0.0/8", "host": "2001:db8::1"}.get(kind, "")
    found = report(kind, value)
    assert all(one.empty for one in found.sections)
    assert found.summary == [
        "No traffic was seen in this period.",
        "No check raised an alert.",
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("host", "nonsense"), ("host", "10.0.0.0/8"), ("host", ""), ("network", "10.0.0.0/99")),
        *(("interface", "-1"), ("interface", "99999"), ("planet", "1.1.1.1")),
    ],
)
def test_a_subject_that_is_none_is_refused(kind: str, value: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        subject_of(kind, value)


def test_progress_goes_up() -> None:
    said: list[tuple[str, int]] = []
    build(subject_of("site", ""), DAY, ZoneInfo("UTC"), NOON, lambda *one: said.append(one))
    assert [percent for _, percent in said] == sorted(percent for _, percent in said)
    assert len(said) >= 3
