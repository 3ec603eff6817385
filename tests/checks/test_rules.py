"""User rules: what they pick and say, and what is refused at save."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from checks import settings_store
from checks.models import (
    CheckSetting,
    ExcludedCount,
    Exclusion,
    Mode,
    Override,
    Trial,
    UserRule,
    sync_settings,
)
from checks.quarantine import quarantine
from checks.rules import Definition, RuleError, build
from checks.settings_store import LOOK_EVERY, Store, build_runner
from checks.tallies import TALLIES
from tests.checks.builders import a_flow, a_host, rows, run

FLOWS = [
    a_flow(bytes_to_server=9, tls_sha1=None),
    a_flow("2001:db8::7", "2001:db8:f::9", bytes_to_server=8),
]


def a_rule(**said):
    return Definition(**{"key": "r", "title": "Rule", "condition": "bytes_to_server > 7"} | said)


def test_a_rule_picks_and_says_what_it_is_told():
    said = a_rule(message="{client} → {server}:{server_port} {{{tls_sha1}}} {client_mac}", score=9)
    first, second = run(build(said), *FLOWS)
    assert first["message"] == "10.0.0.7 → 198.51.100.9:443 {–} 00:00:00:00:00:00"
    assert second["message"].startswith("2001:db8::7 → 2001:db8:f::9:443")
    assert (first["check"], first["score"], first["values"]) == ("r", 9, '{"bytes_to_server":9}')
    assert first["identity"] == "10.0.0.7|198.51.100.9|0"


def test_a_rule_says_what_makes_two_findings_the_same_and_which_events_it_looks_at():
    said = a_rule(identity="server_port, application", events=("end",), cooldown=5.0)
    (found,) = run(build(said), FLOWS[0], {**FLOWS[1], "event": "update"})
    assert (found["identity"], found["cooldown"]) == ("443|TLS", 5.0)
    assert found["message"] == "Rule"


def test_a_rule_over_hosts():
    said = a_rule(frame="host", condition="syn_sent > 2", message="{host} sent {syn_sent}",
                  attacker="host")  # fmt: skip
    (found,) = run(build(said), a_host(), a_host("2001:db8::7", syn_sent=3))
    assert (found["message"], found["identity"]) == ("2001:db8::7 sent 3", "2001:db8::7|0")
    assert found["attacker"] == "host"


@pytest.mark.parametrize(("said", "field", "reason"), [
    ({"condition": "foo = 1"}, "condition", "at character 1: “foo”"),
    ({"condition": ""}, "condition", "is empty"),
    ({"frame": "nothing"}, "frame", "must be one of flow"),
    ({"message": "{foo}"}, "message", "'foo' is no column"),
    ({"message": "{client"}, "message", "expected '}'"),
    ({"message": "{client!r}"}, "message", "takes no format"),
    ({"message": "{client.__class__}"}, "message", "is no column"),
    ({"identity": "client, x"}, "identity", "'x' is no column"),
    ({"attacker": "host"}, "attacker", "must be one of"),
    ({"cooldown": 0}, "cooldown", "must be from 1 to 86400 seconds"),
])  # fmt: skip
def test_what_cannot_be_is_refused_naming_the_field(said, field, reason):
    with pytest.raises(RuleError) as caught:
        build(a_rule(**said))
    assert caught.value.field == field and reason in caught.value.reason


def a_row(**said):
    row = UserRule(**{"title": "Big", "condition": "bytes_to_server > 7"} | said)
    row.keep()
    return row


def evaluate(store, now, *changes):
    return store.load(now).evaluate("flow", rows("flow", *changes))


@pytest.mark.django_db
def test_a_rule_is_in_force_at_the_next_look_and_numbered_apart_from_checks():
    sync_settings()
    store = Store()
    assert "own_big" not in evaluate(store, 0.0, *FLOWS).findings["check"].to_list()
    rule = a_row(mode=Mode.ENABLED)
    found = evaluate(store, LOOK_EVERY, *FLOWS).findings
    assert found.filter(check="own_big")["check_id"].to_list() == [10_000 + rule.pk] * 2
    rule.mode = Mode.DISABLED
    rule.keep()
    assert "own_big" not in evaluate(store, 2 * LOOK_EVERY, *FLOWS).findings["check"].to_list()


@pytest.mark.django_db
def test_a_key_is_made_of_the_title_once():
    first, second = a_row(), a_row()
    assert (first.key, second.key) == ("own_big", "own_big_2")
    first.title = "Other"
    first.keep()
    assert first.key == "own_big"


@pytest.mark.django_db
def test_a_wrong_rule_is_refused_at_save_with_the_word():
    with pytest.raises(ValidationError) as caught:
        a_row(condition="bytes > 7")
    assert "at character 1: “bytes”" in str(caught.value.message_dict["condition"])
    assert not UserRule.objects.exists()


@pytest.mark.django_db
def test_a_rule_in_shadow_is_shown_and_counts_in_no_score():
    sync_settings()
    CheckSetting.objects.update(is_enabled=False)
    a_row(mode=Mode.SHADOW, message="{client}")
    found = build_runner().evaluate("flow", rows("flow", *FLOWS))
    assert found.findings.is_empty() and found.scores.to_list() == [0, 0]
    assert found.shadow["message"].to_list() == ["10.0.0.7", "2001:db8::7"]


@pytest.mark.django_db
def test_a_trial_runs_beside_the_check_in_force_until_it_is_promoted():
    sync_settings()
    trial = Trial(check_key="syn_flood", parameters={"threshold": 9}, score=7)
    trial.keep()
    CheckSetting.objects.get(key="syn_flood").change(is_enabled=False, parameters={"threshold": 99})
    table = rows("host", a_host(syn_sent_per_second=10))
    found = build_runner().evaluate("host", table)
    assert "syn_flood" not in found.findings["check"] and found.shadow["score"].to_list() == [7]
    trial.promote(None)
    found = build_runner().evaluate("host", table)
    assert found.findings.filter(check="syn_flood")["score"].to_list() == [7]
    assert found.shadow.is_empty() and not Trial.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["exclusion", "override", "trial", "rule"])
def test_what_fails_is_stopped_alone_until_it_is_saved_again(key):
    sync_settings()
    row = {
        "exclusion": lambda: Exclusion(client="10.0.0.7", reason="x"),
        "override": lambda: Override(check_key="syn_flood", network="10.0.0.0/8", score=3),
        "trial": lambda: Trial(check_key="syn_flood"),
        "rule": lambda: UserRule(title="A", condition="l4 = 6", mode=Mode.ENABLED),
    }[key]()
    row.keep()
    name = row.key if key == "rule" else f"{key}:{row.pk}"
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert quarantine([(name, "no")], now) == [name]
    assert quarantine([(name, "no")], now) == []
    row.refresh_from_db()
    assert (row.quarantined_at, row.quarantine_error) == (now, "no")
    assert CheckSetting.objects.filter(quarantined_at__isnull=False).count() == 0
    row.keep()
    assert row.quarantined_at is None


@pytest.mark.django_db
def test_an_exclusion_is_in_force_within_seconds_until_it_expires_and_counts_its_hits():
    sync_settings()
    a_row(mode=Mode.ENABLED)
    store = Store()

    def keys(now):
        found = evaluate(store, now, *FLOWS).findings
        return found.filter(check="own_big")["row"].to_list()

    assert keys(0.0) == [0, 1]
    exclusion = Exclusion(check_key="own_big", client="10.0.0.7", reason="known")
    exclusion.keep()
    assert keys(LOOK_EVERY) == [1] and LOOK_EVERY < 5
    TALLIES.flush()
    exclusion.refresh_from_db()
    assert exclusion.tally.hits == 1 and exclusion.tally.last_hit is not None
    (counted,) = ExcludedCount.objects.all()
    assert (counted.check_key, counted.hits, counted.hour.minute) == ("own_big", 1, 0)
    Exclusion.objects.update(expires_at=timezone.now())
    assert keys(2 * LOOK_EVERY) == [0, 1]


@pytest.mark.django_db
def test_counting_hits_makes_no_new_runner():
    sync_settings()
    Exclusion(client="10.0.0.7", reason="x").keep()
    a_row(mode=Mode.ENABLED)
    store = Store()
    runner = store.load(0.0)
    runner.evaluate("flow", rows("flow", *FLOWS))
    TALLIES.flush()
    assert store.load(LOOK_EVERY) is runner


@pytest.mark.django_db
def test_the_version_covers_all_that_a_runner_is_made_from():
    sync_settings()
    seen = [settings_store.read_version()]
    for row in (
        Exclusion(client="10.0.0.7", reason="x"),
        Override(check_key="syn_flood", network="2001:db8::/32", is_enabled=True),
        Trial(check_key="syn_flood"),
        UserRule(title="A", condition="l4 = 6"),
    ):
        row.keep()
        seen.append(settings_store.read_version())
    assert len(set(seen)) == 5


@pytest.mark.django_db
@pytest.mark.parametrize(("said", "reason"), [
    ({}, "Choose one of pool, network and interface"),
    ({"network": "10.0.0.0/8", "check_key": "none"}, "there is no check 'none'"),
    ({"network": "10.0.0.0/99"}, "is no address or network"),
    ({"network": "::/0", "parameters": {"threshold": 0}}, "threshold: must be from 1"),
    ({"network": "::/0", "check_key": "too_many_drops"}, "looks at no network"),
])  # fmt: skip
def test_an_override_that_cannot_be_is_refused(said, reason):
    with pytest.raises(ValidationError, match=reason):
        Override(**{"check_key": "syn_flood"} | said).keep()
