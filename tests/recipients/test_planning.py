from dataclasses import replace
from datetime import timedelta

import pytest

from recipients.inhibition import Cause, Equal, Inhibition
from recipients.matchers import parse_matchers
from recipients.matching import Filter
from recipients.planning import Known, Quiet, Rules, flush_at, pace, plan
from recipients.windows import Hours
from tests.recipients.builders import HOUR, MINUTE, NOON, SECOND, a_policy, an_occurrence


def decide(seen, to=None, rules=None, memory=None, now=NOON):
    (one,) = plan([seen], [to or a_policy()], rules or Rules(), memory or {}, now)
    return one


def a_silence(matchers="check = syn_scan", until=NOON + HOUR):
    return Quiet("upgrade", parse_matchers(matchers), until)


SCAN_HIDES = Inhibition(
    "scan hides failures",
    parse_matchers("check = syn_scan"),
    parse_matchers("check = connection_failed"),
    Equal.parse_all("attacker=client"),
)


def failed(client="10.0.0.1", **fields):
    labels = {"check": ("connection_failed",), "client": (client,), "host": (client,)}
    return an_occurrence(labels=labels, **fields)


def a_scan(attacker="10.0.0.1", alert=99):
    return Cause(alert, "SYN scan", {"check": ("syn_scan",), "attacker": (attacker,)})


def test_what_nothing_holds_back_waits_in_its_group():
    seen = an_occurrence()
    one = decide(seen)
    assert (one.outcome, one.group) == ("waiting", f"alert:{seen.alert}")
    assert one.steps == ("matched", "not held back")


def test_what_is_not_for_them_says_why():
    one = decide(an_occurrence(score=10), a_policy(filter=Filter(minimum_rank=4)))
    assert one.outcome == "unmatched"
    assert one.steps == ("not for them: notice is below error",)


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1"])
def test_a_cause_hides_its_symptom_and_only_that(host):
    rules = Rules(inhibitions=[SCAN_HIDES], causes=[a_scan(host)])
    one = decide(failed(host), rules=rules)
    assert (one.outcome, one.hold.by) == ("inhibited", 99)
    assert "“SYN scan” (alert 99)" in one.steps[-1]
    assert decide(failed("10.9.9.9"), rules=rules).outcome == "waiting"
    assert decide(an_occurrence(), rules=rules).outcome == "waiting"


def test_a_cause_hides_neither_itself_nor_another_cause():
    everything = replace(SCAN_HIDES, symptom=(), equal=())
    rules = Rules(inhibitions=[everything], causes=[a_scan(alert=1)])
    assert decide(an_occurrence(), rules=rules).outcome == "waiting"
    assert decide(failed(), rules=rules).outcome == "inhibited"


def test_an_end_is_told_though_its_cause_is_engaged():
    seen = failed(kind="released")
    memory = {(1, seen.fingerprint): Known("engaged:error", NOON - MINUTE)}
    rules = Rules(inhibitions=[SCAN_HIDES], causes=[a_scan()])
    assert decide(seen, rules=rules, memory=memory).outcome == "waiting"


def test_a_silence_holds_until_it_ends():
    one = decide(an_occurrence(), rules=Rules(silences=[a_silence()]))
    assert (one.outcome, one.hold.until) == ("silenced", NOON + HOUR)
    assert one.steps[-1] == "silence “upgrade” until Tue 24 Nov 13:00 UTC"
    other = a_silence("check = syn_flood")
    assert decide(an_occurrence(), rules=Rules(silences=[other])).outcome == "waiting"


def test_inhibition_comes_before_silence_and_silence_before_windows_and_hours():
    closed = a_policy(hours=Hours.parse("daily 20:00-21:00", "Europe/Rome"))
    everything = Rules(
        silences=[a_silence("")],
        windows=[Quiet("sunday", (), NOON + MINUTE)],
        inhibitions=[SCAN_HIDES],
        causes=[a_scan()],
    )
    outcomes = []
    for rules in (
        everything,
        replace(everything, causes=[]),
        replace(everything, causes=[], silences=[]),
        Rules(),
    ):
        one = decide(failed(), closed, rules)
        outcomes.append((one.outcome, one.steps[-1].split(" ")[0]))
    assert outcomes == [
        ("inhibited", "hidden"),
        ("silenced", "silence"),
        ("silenced", "window"),
        ("off_hours", "outside"),
    ]


def test_outside_their_hours_it_is_held_until_they_begin():
    to = a_policy(hours=Hours.parse("daily 20:00-21:00", "Europe/Rome"))
    one = decide(an_occurrence(), to)
    assert one.hold.until == NOON + 7 * HOUR
    assert one.steps[-1] == "outside their hours, which begin Tue 24 Nov 20:00 CET"


@pytest.mark.parametrize(
    ("state", "ago", "outcome"),
    [
        ("engaged:error", HOUR - SECOND, "duplicate"),
        ("engaged:error", HOUR, "waiting"),
        ("engaged:warning", SECOND, "waiting"),
        ("released", SECOND, "waiting"),
    ],
)
def test_the_same_state_of_the_same_thing_is_not_told_twice_within_the_time(state, ago, outcome):
    seen = an_occurrence()
    memory = {(1, seen.fingerprint): Known(state, NOON - ago)}
    assert decide(seen, memory=memory).outcome == outcome
    assert decide(seen, memory={(2, seen.fingerprint): memory[1, seen.fingerprint]}).outcome == (
        "waiting"
    )


def test_within_a_round_it_is_known_what_was_decided_before():
    first = an_occurrence()
    again = replace(first, event=first.event + 1000)
    over = replace(first, event=first.event + 2000, kind="released", is_engaged=False)
    outcomes = [one.outcome for one in plan([first, again, over], [a_policy()], Rules(), {}, NOON)]
    assert outcomes == ["waiting", "duplicate", "waiting"]


@pytest.mark.parametrize(
    ("kind", "known", "outcome"),
    [
        ("released", None, "untold"),
        ("released", "released", "untold"),
        ("released", "engaged:error", "waiting"),
        ("released", "acknowledged", "waiting"),
        ("acknowledged", None, "untold"),
        ("acknowledged", "engaged:error", "waiting"),
        ("escalated", None, "waiting"),
    ],
)
def test_an_end_is_told_to_who_heard_of_the_beginning(kind, known, outcome):
    seen = an_occurrence(kind)
    memory = {(1, seen.fingerprint): Known(known, NOON - MINUTE)} if known else {}
    kinds = frozenset({"engaged", "escalated", "released", "acknowledged"})
    assert decide(seen, a_policy(filter=Filter(kinds=kinds)), memory=memory).outcome == outcome


def test_who_wants_ends_alone_gets_them():
    to = a_policy(filter=Filter(kinds=frozenset({"released"})))
    assert decide(an_occurrence("released"), to).outcome == "waiting"
    assert decide(an_occurrence("engaged"), to).outcome == "unmatched"


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ((), "all"),
        (("check",), "check=syn_scan"),
        (("check", "host"), "check=syn_scan,host=10.0.0.1+2001:db8::1"),
        (("pool",), "pool="),
    ],
)
def test_a_digest_groups_by_labels(by, key):
    seen = an_occurrence(labels={"host": ("10.0.0.1", "2001:db8::1")})
    assert decide(seen, a_policy(is_single=False, group_by=by)).group == key


@pytest.mark.parametrize(
    ("flushed", "at"),
    [
        (None, NOON + 10 * SECOND),
        (NOON - HOUR, NOON + 10 * SECOND),
        (NOON - MINUTE, NOON + 4 * MINUTE),
        (NOON - 5 * MINUTE, NOON + 10 * SECOND),
    ],
)
def test_a_digest_waits_first_and_then_for_its_interval(flushed, at):
    to = a_policy(is_single=False, wait=10, interval=300)
    assert flush_at(to, flushed, NOON) == at
    assert flush_at(a_policy(), flushed, NOON) == NOON


@pytest.mark.parametrize(
    ("cap", "ages", "room", "opens"),
    [
        (3, [], 3, 0),
        (3, [10, 5], 1, 0),
        (3, [10, 5, 1], 0, 50),
        (3, [60, 5, 1], 1, 0),
        (3, [59, 30, 20, 5], 0, 30),
        (1, [0], 0, 60),
    ],
)
def test_the_cap_is_over_any_hour(cap, ages, room, opens):
    sent = [NOON - timedelta(minutes=age) for age in ages]
    assert pace(cap, sent, NOON) == (room, NOON + timedelta(minutes=opens))


def test_no_cap_has_always_room():
    room, _ = pace(0, [NOON] * 1000, NOON)
    assert room > 10**6
