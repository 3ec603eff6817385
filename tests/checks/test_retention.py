"""What was measured and tested goes after its time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from checks.models import BackTest, ExcludedCount, ShadowFinding
from checks.retention import BACK_TESTS, EXCLUDED, LOST, SHADOWS, prune

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SECOND = timedelta(seconds=1)


def a_back_test(created_at, **said):
    test = BackTest.objects.create(subject={}, title="t", since=NOW, until=NOW, **said)
    BackTest.objects.filter(pk=test.pk).update(created_at=created_at)
    return test


def test_what_is_older_than_it_is_kept_goes():
    for age in (SHADOWS - SECOND, SHADOWS + SECOND):
        ShadowFinding.objects.create(
            check_key="x", identity="a", message="m", score=1, count=1, created_at=NOW - age
        )
    for number, age in enumerate((EXCLUDED - SECOND, EXCLUDED + SECOND)):
        ExcludedCount.objects.create(check_key=f"x{number}", hour=NOW - age, hits=1)
    kept = a_back_test(NOW - BACK_TESTS + SECOND, state="done")
    a_back_test(NOW - BACK_TESTS - SECOND, state="done")
    assert prune(NOW) == 3
    assert ExcludedCount.objects.count() == 1
    assert ShadowFinding.objects.count() == 1 and BackTest.objects.get() == kept


def test_a_back_test_that_lost_its_worker_says_so():
    lost = a_back_test(NOW, state="running", started_at=NOW - LOST - SECOND)
    runs = a_back_test(NOW, state="running", started_at=NOW - LOST + SECOND)
    prune(NOW)
    lost.refresh_from_db()
    runs.refresh_from_db()
    assert (lost.state, lost.error) == ("failed", "Its worker ended.")
    assert runs.state == "running"
