from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.plan import HOLD, MOST_FLOWS, NOTE_EVERY, Body, Engaged, Found, Mark, Reach, plan
from tests.alerts.builders import NOON

SECOND = timedelta(seconds=1)
LONG_AGO = NOON - timedelta(days=30)
KEY = (7, "10.0.0.1|192.0.2.1|0", 1)
ADDRESSES = [("10.0.0.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::2")]


def found(**columns):
    default = Found(
        *KEY, "blacklisted", "flow", "flow", "10.0.0.1:5 → 192.0.2.1:443", "10.0.0.1", "192.0.2.1",
        5, 443, 0, 100, "bad", {"n": 1}, 1, NOON, NOON, 300.0, "10.0.0.1", "192.0.2.1", "T1071",
        [{"flow_id": 1}], [1], [],
    )  # fmt: skip
    return replace(default, **columns)


def engaged(**changes):
    """Return an alert last seen at noon, with one flow counted."""
    body = Body(100, 1, NOON, NOON, 300.0, "bad", {"n": 1}, [{"flow_id": 1}])
    own = {name: changes.pop(name) for name in list(changes) if hasattr(body, name)}
    alert = Engaged(3, KEY, "blacklisted", "flow", NOON, LONG_AGO, replace(body, **own))
    return replace(alert, **{"counted": frozenset({1}), **changes})


def reach(now=NOON, listening_since=LONG_AGO, **how):
    return Reach(now, listening_since, **how)


def live(event_time, **how):
    return reach(marks={1: Mark("live", event_time, event_time)}, **how)


def file(now, kind="pcap", **how):
    """Return the reach of a finite source last heard of at noon."""
    return reach(now, marks={1: Mark(kind, NOON, NOON)}, **how)


@pytest.mark.parametrize(("client", "server"), ADDRESSES)
def test_an_unknown_finding_becomes_an_alert(client, server):
    made = plan([], [found(client=client, server=server)], reach())
    (new,) = made.new
    assert (new.found.client, new.found.server) == (client, server)
    assert (new.body.count, new.body.score, new.body.severity) == (1, 100, "error")
    assert new.body.quiet_at == NOON + 300 * SECOND
    assert not made.repeated and not made.released


def test_equal_findings_of_a_round_are_one_alert():
    later = found(flow_ids=[2, 1], first_seen=NOON - SECOND, last_seen=NOON + SECOND, score=50)
    (new,) = plan([], [found(), later], reach()).new
    assert (new.body.count, new.flow_ids) == (2, {1, 2})
    assert (new.body.first_seen, new.body.last_seen) == (NOON - SECOND, NOON + SECOND)
    assert new.body.score == 100


@pytest.mark.parametrize(
    "other", [{"check_id": 8}, {"identity": "x"}, {"interface_id": 2}, {"interface_id": None}]
)
def test_another_check_identity_or_interface_is_another_alert(other):
    made = plan([engaged()], [found(**other)], reach())
    assert len(made.new) == 1 and not made.repeated


@pytest.mark.parametrize(
    ("flow_ids", "count", "fresh"),
    [([1], 1, set()), ([2], 2, {2}), ([1, 2, 3], 3, {2, 3}), ([], 1 + 4, set())],
)
def test_a_repeated_alert_counts_each_flow_once_and_observations_without_flows(
    flow_ids, count, fresh
):
    observations = found(flow_ids=flow_ids, count=4)
    (repeated,) = plan([engaged()], [observations], reach()).repeated
    assert (repeated.body.count, repeated.flow_ids) == (count, fresh)


def test_a_flow_in_several_findings_of_a_round_counts_once():
    group = [found(flow_ids=[2]), found(flow_ids=[2], ended_ids=[2])]
    (repeated,) = plan([engaged()], group, reach()).repeated
    assert (repeated.body.count, repeated.ended_ids) == (2, {2})


@pytest.mark.parametrize(
    ("score", "message", "severity", "event"),
    [
        (49, "bad", "error", ""),
        (99, "bad", "error", ""),
        (100, "newer", "error", ""),
        (199, "newer", "error", ""),
        (200, "newer", "critical", "escalated"),
    ],
)
def test_an_alert_takes_the_highest_score_and_its_words(score, message, severity, event):
    (repeated,) = plan([engaged()], [found(score=score, message="newer")], reach()).repeated
    assert (repeated.body.message, repeated.body.severity) == (message, severity)
    assert repeated.event == event


@pytest.mark.parametrize(("since", "event"), [(NOTE_EVERY - SECOND, ""), (NOTE_EVERY, "repeated")])
def test_the_timeline_hears_of_repetitions_once_in_a_while(since, event):
    (repeated,) = plan([engaged()], [found()], reach(NOON + since)).repeated
    assert repeated.event == event


def test_late_findings_do_not_turn_time_back():
    early = found(first_seen=NOON - 60 * SECOND, last_seen=NOON - 50 * SECOND)
    (repeated,) = plan([engaged()], [early], reach()).repeated
    assert repeated.body.first_seen == NOON - 60 * SECOND
    assert repeated.body.last_seen == NOON


def test_an_alert_keeps_the_first_flows_each_as_it_was_last():
    flows = [{"flow_id": n, "bytes": 1} for n in range(MOST_FLOWS)]
    newer = [{"flow_id": 0, "bytes": 2}, {"flow_id": 99, "bytes": 1}]
    (repeated,) = plan([engaged(flows=flows)], [found(flows=newer)], reach()).repeated
    assert [flow["flow_id"] for flow in repeated.body.flows] == list(range(MOST_FLOWS))
    assert repeated.body.flows[0]["bytes"] == 2


def test_samples_that_were_not_read_stay_as_they_are():
    newer = [{"flow_id": 99, "bytes": 1}]
    (repeated,) = plan([engaged(flows=None)], [found(flows=newer)], reach()).repeated
    assert repeated.body.flows is None


@pytest.mark.parametrize(("seconds", "is_over"), [(299, False), (300, True), (301, True)])
def test_an_alert_is_over_when_events_have_passed_its_cooldown(seconds, is_over):
    made = plan([engaged()], [], live(NOON + seconds * SECOND))
    assert bool(made.released) is is_over
    if is_over:
        assert made.released[0].reason == "Nothing more for 300 s"


@pytest.mark.parametrize(
    ("kind", "is_over"),
    [("live", False), ("netflow", False), ("pcap", True), ("api", True), ("demonstration", True)],
)
def test_silence_ends_only_what_has_a_finite_source(kind, is_over):
    made = plan([engaged()], [], file(NOON + timedelta(hours=1), kind))
    assert bool(made.released) is is_over


@pytest.mark.parametrize(("seconds", "is_over"), [(299, False), (300, True)])
def test_a_finite_source_still_needs_its_cooldown(seconds, is_over):
    made = plan([engaged()], [], file(NOON + seconds * SECOND))
    assert bool(made.released) is is_over


@pytest.mark.parametrize(("seconds", "is_over"), [(299, False), (300, True)])
def test_silence_counts_only_while_somebody_listens(seconds, is_over):
    start = NOON + timedelta(hours=1)
    made = plan([engaged()], [], file(start + seconds * SECOND, listening_since=start))
    assert bool(made.released) is is_over


@pytest.mark.parametrize(
    ("cooldown", "seconds", "is_over"),
    [(300, HOLD - 1, False), (300, HOLD, True), (5, 4, False), (5, 5, True)],
)
def test_while_late_findings_come_an_alert_is_not_over(cooldown, seconds, is_over):
    alert = engaged(heard_at=NOON, cooldown=cooldown)
    now = NOON + timedelta(seconds=seconds)
    made = plan([alert], [], replace(live(NOON + timedelta(days=1)), now=now))
    assert bool(made.released) is is_over


def test_an_interface_never_heard_of_releases_nothing():
    assert not plan([engaged()], [], reach(NOON + timedelta(days=1))).released


def test_a_check_that_failed_releases_nothing():
    quarantined = live(NOON + timedelta(days=1), failed=frozenset({"blacklisted"}))
    assert not plan([engaged()], [], quarantined).released


def test_a_check_that_was_switched_off_releases_at_once():
    off = reach(disabled=frozenset({"blacklisted"}))
    (released,) = plan([engaged()], [], off).released
    assert released.reason == "The check was switched off"


@pytest.mark.parametrize(
    ("frame", "interface_id"), [("system", None), ("interface_status", 1), ("system", 1)]
)
@pytest.mark.parametrize(("seconds", "is_over"), [(299, False), (300, True)])
def test_what_the_clock_runs_ends_by_the_clock(frame, interface_id, seconds, is_over):
    alert = engaged(frame=frame, key=(0, "x", interface_id))
    made = plan([alert], [], reach(NOON + seconds * SECOND))
    assert bool(made.released) is is_over


def test_an_alert_with_a_new_finding_is_not_over():
    made = plan([engaged()], [found()], live(NOON + timedelta(days=1)))
    assert made.repeated and not made.released
