from datetime import timedelta

import pytest

from alerts.lifecycle import process_round
from alerts.models import Alert
from alerts.running import LAST_WORDS, stopped
from checks.models import CheckSetting
from tests.alerts.builders import NOON, a_flow, said

pytestmark = pytest.mark.django_db
DAY_AFTER = NOON + timedelta(days=1)


@pytest.fixture
def setting(db):
    setting, _ = CheckSetting.objects.update_or_create(
        key="syn_flood", defaults={"is_enabled": True}
    )
    CheckSetting.objects.filter(is_enabled=False).delete()
    CheckSetting.objects.update(updated_at=NOON)
    return setting


def change(setting, **columns):
    CheckSetting.objects.filter(pk=setting.pk).update(**{"updated_at": NOON, **columns})


def test_a_check_that_runs_is_not_named(setting):
    assert stopped(NOON) == (frozenset(), frozenset())


def test_a_check_in_quarantine_has_failed(setting):
    change(setting, quarantined_at=NOON)
    assert stopped(NOON) == ({"syn_flood"}, frozenset())


@pytest.mark.parametrize(
    ("after", "is_off"), [(LAST_WORDS - timedelta(seconds=1), False), (LAST_WORDS, True)]
)
def test_a_check_that_is_off_may_finish_speaking(setting, after, is_off):
    change(setting, is_enabled=False)
    assert ("syn_flood" in stopped(NOON + after).disabled) is is_off


@pytest.fixture
def alert(setting, interface, put):
    """An alert of the check whose interface has got a day further."""
    put("flow", [a_flow(interface_id=interface.pk)], [said(0, "syn_flood")])
    process_round(NOON, releasing=False)
    put("flow", [a_flow(interface_id=interface.pk, last_seen=DAY_AFTER)], [])
    process_round(DAY_AFTER, releasing=False)
    return Alert.objects.get()


def test_a_quarantined_check_releases_nothing_until_it_runs_again(setting, alert):
    change(setting, quarantined_at=NOON)
    process_round(DAY_AFTER)
    assert Alert.objects.get().is_engaged
    change(setting, quarantined_at=None)
    process_round(DAY_AFTER)
    assert not Alert.objects.get().is_engaged


def test_switching_a_check_off_releases_its_alerts(setting, interface, put):
    put("flow", [a_flow(interface_id=interface.pk)], [said(0, "syn_flood")])
    process_round(NOON)
    change(setting, is_enabled=False)
    process_round(NOON + LAST_WORDS)
    alert = Alert.objects.get()
    assert alert.state == "released"
    assert alert.events.last().text == "The check was switched off"
