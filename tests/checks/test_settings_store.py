"""Settings: how they are kept, refused, and how soon they are in force."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from checks import settings_store
from checks.models import CheckSetting, sync_settings
from checks.quarantine import quarantine
from checks.registry import discover
from checks.settings_store import LOOK_EVERY, Store, build_runner
from tests.checks.builders import a_host, rows

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FLOOD = a_host(syn_sent_per_second=300)


@pytest.fixture
def syn_flood():
    sync_settings()
    return CheckSetting.objects.get(key="syn_flood")


def fires(runner):
    return runner.evaluate("host", rows("host", FLOOD)).findings["check"].to_list() == ["syn_flood"]


def test_every_check_has_a_row_with_its_default_made_once():
    assert sorted(sync_settings()) == list(discover())
    assert sync_settings() == []
    rows = CheckSetting.objects.in_bulk(field_name="key")
    assert {key for key, row in rows.items() if row.is_enabled} == {
        key for key, check in discover().items() if check.default_enabled
    }


def test_the_first_runner_makes_the_rows_that_are_missing():
    sync_settings()
    CheckSetting.objects.filter(key="web_mining").delete()
    assert "web_mining" in {entry.check.key for entry in build_runner().active}


def test_a_change_is_in_force_at_the_next_look(syn_flood):
    store = Store()
    assert not fires(store.load(100.0))
    syn_flood.change(is_enabled=True)
    assert not fires(store.load(100.0 + LOOK_EVERY - 0.1))
    assert fires(store.load(100.0 + LOOK_EVERY))
    assert LOOK_EVERY < 5
    syn_flood.change(parameters={"threshold": 300})
    assert not fires(store.load(100.0 + 2 * LOOK_EVERY))


def test_nothing_changed_is_one_query_a_look_and_the_same_runner(
    syn_flood, django_assert_num_queries
):
    store = Store()
    first = store.load(0.0)
    with django_assert_num_queries(0):
        assert store.load(LOOK_EVERY - 0.1) is first
    with django_assert_num_queries(1):
        assert store.load(LOOK_EVERY) is first


def test_a_change_behind_djangos_back_is_seen(syn_flood):
    store = Store()
    store.load(0.0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE checks_checksetting SET is_enabled = true WHERE key = 'syn_flood'")
    assert fires(store.load(LOOK_EVERY))


def test_a_forgotten_runner_is_looked_at_again_at_once(syn_flood):
    store = Store()
    store.load(0.0)
    syn_flood.change(is_enabled=True)
    store.forget()
    assert fires(store.load(0.1))


def test_the_process_wide_runner_follows(syn_flood):
    settings_store.forget_runner()
    assert not fires(settings_store.load_runner())
    syn_flood.change(is_enabled=True)
    settings_store.forget_runner()
    assert fires(settings_store.load_runner())
    settings_store.forget_runner()


def test_id_score_and_parameters_reach_the_runner(syn_flood):
    syn_flood.change(is_enabled=True, score=77, parameters={"threshold": "290"})
    (entry,) = [entry for entry in build_runner().active if entry.check.key == "syn_flood"]
    assert (entry.id, entry.score, entry.check.threshold) == (syn_flood.pk, 77, 290)


def test_parameters_are_merged_and_reset(syn_flood):
    syn_flood.change(parameters={"threshold": 9})
    syn_flood.change(parameters={})
    assert syn_flood.parameters == {"threshold": 9}
    syn_flood.change(parameters={"threshold": None})
    assert syn_flood.parameters == {}
    syn_flood.change(is_enabled=True, score=9, parameters={"threshold": 9})
    syn_flood.reset()
    syn_flood.refresh_from_db()
    kept = syn_flood.is_enabled, syn_flood.score, syn_flood.parameters
    assert kept == (False, None, {})


@pytest.mark.parametrize(("change", "field", "reason"), [
    ({"parameters": {"threshold": 0}}, "parameters", "threshold: must be from 1 to 65535, is 0"),
    ({"parameters": {"limit": 1}}, "parameters", "limit: is no parameter of this check"),
    ({"score": 251}, "score", "less than or equal to 250"),
    ({"score": 0}, "score", "greater than or equal to 1"),
])  # fmt: skip
def test_a_bad_change_is_refused_and_nothing_is_kept(syn_flood, change, field, reason):
    with pytest.raises(ValidationError) as caught:
        syn_flood.change(**change)
    assert reason in str(caught.value.message_dict[field])
    syn_flood.refresh_from_db()
    assert (syn_flood.parameters, syn_flood.score) == ({}, None)


def test_a_failed_check_is_stopped_once_until_it_is_saved_again(syn_flood):
    syn_flood.change(is_enabled=True)
    failures = [("syn_flood", "ComputeError: no"), ("unknown", "x")]
    assert quarantine(failures, NOW) == ["syn_flood"]
    assert quarantine(failures, NOW) == []
    syn_flood.refresh_from_db()
    assert (syn_flood.quarantined_at, syn_flood.quarantine_error) == (NOW, "ComputeError: no")
    assert not syn_flood.is_running and not fires(build_runner())
    syn_flood.change(parameters={"threshold": 200})
    assert syn_flood.is_running and fires(build_runner())


def test_stored_parameters_that_became_bad_quarantine_the_check_and_no_other(syn_flood):
    CheckSetting.objects.filter(key="syn_flood").update(
        is_enabled=True, parameters={"threshold": -1}
    )
    CheckSetting.objects.filter(key="dns_flood").update(is_enabled=True)
    keys = {entry.check.key for entry in build_runner().active}
    assert "syn_flood" not in keys and "dns_flood" in keys
    syn_flood.refresh_from_db()
    assert "threshold: must be from" in syn_flood.quarantine_error


def test_a_check_that_the_code_has_no_longer_is_left_alone():
    sync_settings()
    gone = CheckSetting.objects.create(key="gone")
    assert "gone" not in {entry.check.key for entry in build_runner().active}
    assert (gone.kind, gone.effective_score, str(gone)) == (None, 0, "gone")
    with pytest.raises(ValidationError, match="there is no check 'gone'"):
        gone.change(is_enabled=True)
