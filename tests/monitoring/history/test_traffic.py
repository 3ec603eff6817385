from datetime import timedelta

import pytest

from monitoring.history import traffic
from monitoring.history.now import now_of
from monitoring.history.rollups import RollupFilter, rollups
from monitoring.history.window import Window
from tests.monitoring import builders
from tests.monitoring.builders import NOON, some_traffic

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("span", "step", "table"),
    [
        (timedelta(minutes=15), 10, "traffic_10s"),
        (HOUR, 20, "traffic_10s"),
        (6 * HOUR, 120, "traffic_1m"),
        (24 * HOUR, 600, "traffic_1m"),
        (168 * HOUR, 3600, "traffic_1h"),
        (720 * HOUR, 14_400, "traffic_1h"),
        (8760 * HOUR, 86_400, "traffic_1d"),
    ],
)
def test_a_window_reads_the_coarsest_table_that_has_its_points(span, step, table):
    window = Window.last(span, NOON)
    assert (window.step, window.table) == (step, table)


def test_a_chart_has_every_point_that_is_over_and_none_twice():
    window = Window.last(timedelta(minutes=15), NOON + timedelta(seconds=7))
    assert len(window.moments) == 90
    assert window.moments[-1] == NOON - timedelta(seconds=10)


def test_top_keys_come_by_bytes_of_both_ways():
    some_traffic("application", "DNS", bucket=NOON - HOUR / 2, bytes_sent=5, bytes_received=6)
    some_traffic("application", "TLS", bucket=NOON - HOUR / 2, bytes_sent=4, flows=2)
    some_traffic("application", "TLS", bucket=NOON - HOUR / 3, bytes_received=8, flows=1)
    some_traffic("category", "Web", bucket=NOON - HOUR / 3, bytes_received=800)
    some_traffic("application", "Old", bucket=NOON - 2 * HOUR, bytes_received=800)
    found = traffic.top("application", Window.last(HOUR, NOON))
    assert [(one.key, one.bytes, one.flows) for one in found] == [("TLS", 12, 3), ("DNS", 11, 0)]


def test_top_keys_are_of_the_chosen_interfaces():
    one, other = builders.an_interface("eth0"), builders.an_interface("eth1")
    some_traffic("l4", "6", bucket=NOON - HOUR / 2, bytes_sent=1, interface=one)
    some_traffic("l4", "17", bucket=NOON - HOUR / 2, bytes_sent=1, interface=other)
    assert [one.key for one in traffic.top("l4", Window.last(HOUR, NOON, [other.pk]))] == ["17"]


def test_a_stack_is_the_greatest_keys_and_the_rest_as_other_last():
    for place, key in enumerate(["a", "b", "c", "d"]):
        some_traffic("application", key, bucket=NOON - HOUR / 2, bytes_sent=100 * (place + 1))
    found = traffic.stacked("application", Window.last(HOUR, NOON), lines=2)
    assert list(found.lines) == ["d", "c", "Other"]
    assert max(found.lines["Other"]) == (100 + 200) * 8 / found.seconds


def test_points_add_the_buckets_that_lie_in_them():
    for seconds in (0, 10):  # two buckets of 10 s in a point of 20 s
        some_traffic(bucket=NOON - HOUR / 2 + timedelta(seconds=seconds), bytes_sent=100)
    found = traffic.stacked("total", Window.last(HOUR, NOON))
    assert (found.seconds, sum(found.lines[""])) == (20, 200 * 8 / 20)


@pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::7"])
def test_a_hosts_rates_are_what_it_sent_and_received(address):
    host = builders.a_host(address)
    some_traffic("host", address, bucket=NOON - HOUR / 2, bytes_sent=20, bytes_received=40)
    found = traffic.directions("host", traffic.host_key(host), Window.last(HOUR, NOON))
    assert {name: max(line) for name, line in found.lines.items()} == {"Sent": 8, "Received": 16}
    assert traffic.hosts_of([address, "Other"]) == {address: host}


def test_a_quiet_host_has_flat_lines():
    found = traffic.directions("host", "10.0.0.7", Window.last(HOUR, NOON))
    assert set(found.lines["Sent"]) == {0.0}


def test_now_is_the_last_half_minute_that_is_summed():
    some_traffic(bucket=NOON - timedelta(seconds=20), bytes_sent=3_000, packets_sent=60)
    some_traffic(bucket=NOON - timedelta(seconds=50), bytes_sent=9_000)
    builders.a_live_flow(time=NOON), builders.a_live_flow(time=NOON - HOUR)
    builders.a_host("10.0.0.1", is_local=True), builders.a_host("2001:db8::1")
    builders.a_host("10.0.0.2", seen=NOON - HOUR)
    now = now_of(NOON)
    assert (now.bits_per_second, now.packets_per_second) == (800, 2)
    assert (now.active_flows, now.active_hosts, now.local_hosts) == (1, 2, 1)


def test_rollup_rows_are_paged_without_a_gap():
    for place in range(5):
        some_traffic("l4", str(place), bucket=NOON - HOUR, bytes_sent=place)
    wanted = RollupFilter("10s", "l4", NOON - 2 * HOUR, NOON)
    first = rollups(wanted, size=3)
    second = rollups(wanted, size=3, cursor=first.next)
    assert [row["key"] for row in [*first.rows, *second.rows]] == ["4", "3", "2", "1", "0"]
    assert rollups(wanted, size=3, cursor=second.previous).rows == first.rows
    assert first.rows[0]["interface_name"] == "eth0"
