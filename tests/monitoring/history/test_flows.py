from datetime import timedelta

import pytest

from monitoring.history.flows import LOST_AFTER, FlowFilter, flow_of_id, flows
from tests.monitoring import builders
from tests.monitoring.builders import NOON, a_flow, a_live_flow

pytestmark = pytest.mark.django_db


def _ids(wanted=None, **page):
    return [flow.id for flow in flows(wanted or FlowFilter(), NOON, **page).rows]


def test_finished_and_active_flows_are_one_list_newest_first():
    old = a_flow(time=NOON - timedelta(minutes=9))
    live = a_live_flow(time=NOON - timedelta(minutes=3))
    new = a_flow(time=NOON - timedelta(minutes=1))
    assert _ids() == [new.flow_id, live.flow_id, old.flow_id]


def test_intervals_of_a_flow_are_not_flows():
    a_flow(event="update")
    assert _ids() == []


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("ordering", ["-last_seen", "last_seen", "-bytes", "bytes", "-score"])
def test_pages_over_both_tables_show_each_flow_once(ordering, size):
    for place in range(4):
        a_flow(time=NOON - timedelta(minutes=place), bytes_to_client=place % 2, score=place % 3)
        a_live_flow(time=NOON - timedelta(minutes=place), bytes_to_client=place % 2)
    seen, cursor = [], ""
    while True:
        page = flows(FlowFilter(), NOON, ordering=ordering, size=size, cursor=cursor)
        seen += [flow.id for flow in page.rows]
        if not page.next:
            break
        cursor = page.next
    assert seen == _ids(ordering=ordering, size=100)
    assert len(set(seen)) == 8
    back = flows(FlowFilter(), NOON, ordering=ordering, size=size, cursor=cursor)
    if back.previous:
        before = flows(FlowFilter(), NOON, ordering=ordering, size=size, cursor=back.previous)
        end = len(seen) - len(back.rows)
        assert [flow.id for flow in before.rows] == seen[max(0, end - size) : end]


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("192.168.1.10", "4"), ("10.0.0.0/8", ""), ("192.168.0.0/16", "4"), ("203.0.113.5", "4"),
        ("2001:db8::10", "6"), ("2001:db8::/32", "6"), ("::/0", "6"), ("::ffff:192.168.1.10", "4"),
    ],
)  # fmt: skip
def test_a_host_or_network_is_either_end(host, found):
    made = {
        "4": a_flow(client="192.168.1.10", server="203.0.113.5").flow_id,
        "6": a_flow(client="2001:db8::10", server="2001:db8:1::5").flow_id,
    }
    assert _ids(FlowFilter(host=host)) == ([made[found]] if found else [])


@pytest.mark.parametrize(
    ("narrow", "fits", "fits_not"),
    [
        ({"l4": 17}, {"l4": 17}, {"l4": 6}),
        ({"port": 443}, {"server_port": 443}, {"server_port": 80}),
        ({"port": 7}, {"client_port": 7}, {"client_port": 8}),
        ({"vlan": 20}, {"vlan": 20}, {"vlan": 0}),
        ({"min_score": 50}, {"score": 50}, {"score": 49}),
        ({"is_local": True}, {"direction": 2}, {"direction": 3}),
        ({"is_local": False}, {"direction": 3}, {"direction": 0}),
        ({"since": NOON}, {"time": NOON}, {"time": NOON - timedelta(microseconds=1)}),
        ({"until": NOON}, {"time": NOON}, {"time": NOON + timedelta(microseconds=1)}),
        ({"text": "EXAMPLE"}, {"detail": {"server_name": "www.example.com"}}, {"detail": {}}),
        ({"text": "youtube"}, {"application": "TLS.YouTube"}, {"application": "TLS"}),
        ({"peer": "10.0.0.2", "host": "10.0.0.1"}, {"client": "10.0.0.2", "server": "10.0.0.1"},
         {"client": "10.0.0.3", "server": "10.0.0.1"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("make", [a_flow, a_live_flow])
def test_each_filter_narrows_both_tables(narrow, fits, fits_not, make):
    wanted = make(**fits)
    make(**fits_not)
    assert _ids(FlowFilter(**narrow)) == [wanted.flow_id]


def test_without_since_the_last_day_is_looked_at():
    inside = a_flow(time=NOON - timedelta(hours=23))
    a_flow(time=NOON - timedelta(hours=25))
    assert _ids() == [inside.flow_id]


def test_a_live_flow_that_nobody_tells_of_is_lost():
    a_live_flow(time=NOON - LOST_AFTER)
    a_live_flow(time=NOON - LOST_AFTER - timedelta(microseconds=1))
    a_flow(time=NOON - timedelta(minutes=7))
    assert [flow.state for flow in flows(FlowFilter(), NOON).rows] == ["active", "lost", "ended"]


@pytest.mark.parametrize("state", ["active", "lost", "ended"])
def test_flows_are_found_by_state(state):
    a_live_flow(time=NOON), a_live_flow(time=NOON - timedelta(hours=1)), a_flow(time=NOON)
    assert [flow.state for flow in flows(FlowFilter(states=(state,)), NOON).rows] == [state]


def test_details_come_with_both_kinds():
    a_flow(time=NOON, detail={"server_name": "a.example"})
    a_live_flow(time=NOON - timedelta(seconds=1), detail={"server_name": "b.example"})
    assert [flow.info for flow in flows(FlowFilter(), NOON).rows] == ["a.example", "b.example"]


def test_a_page_takes_a_fixed_number_of_queries(django_assert_num_queries):
    for place in range(20):
        a_flow(detail={"server_name": str(place)}), a_live_flow()
    with django_assert_num_queries(3):
        assert len(_ids(size=30)) == 30


def test_a_flow_of_a_removed_interface_is_not_shown():
    gone = builders.an_interface("gone")
    a_flow(interface=gone)
    gone.delete()
    assert _ids() == []


def test_one_flow_is_found_by_id_in_both_tables_and_else_none():
    ended, live = a_flow(detail={"dns_query": "x.example"}), a_live_flow()
    assert flow_of_id(ended.flow_id, NOON).info == "x.example"
    assert flow_of_id(live.flow_id, NOON).state == "active"
    assert flow_of_id(999_999_999, NOON) is None


def test_rates_are_of_the_last_interval_while_active_and_of_the_whole_life_later():
    times = {"first_seen": NOON - timedelta(seconds=100), "time": NOON}
    sizes = {"bytes_to_server": 0, "bytes_to_client": 10_000}
    live = a_live_flow(**times, **sizes, interval_start=NOON - timedelta(seconds=10))
    ended = a_flow(**times, **sizes)
    assert flow_of_id(live.flow_id, NOON).bits_per_second == 8_000
    assert flow_of_id(ended.flow_id, NOON).bits_per_second == 800
    short = a_flow(first_seen=NOON, time=NOON, **sizes)
    assert flow_of_id(short.flow_id, NOON).bits_per_second == 80_000
