"""Blacklists in the admin."""

from __future__ import annotations

import pytest
from django.utils import timezone

from monitoring.models import BlacklistSource

LIST = "/admin/monitoring/blacklistsource/"


@pytest.fixture
def source(db):
    now = timezone.now()
    return BlacklistSource.objects.create(name="Mine", location="mine.txt", attempted_at=now)


def form(**changes):
    own = {"name": "Mine", "location": "mine.txt", "format": "ip", "category": "Malware"}
    return own | {"refresh_seconds": 3600} | changes


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("operator", 200), ("viewer", 200), ("stranger", 403)]
)
def test_who_may_view_the_lists(cast, source, who, status):
    cast.stranger.is_staff = True
    cast.stranger.save()
    assert cast.client(who).get(LIST).status_code == status


def test_a_saved_list_is_read_at_the_next_round(cast, source):
    cast.client("operator").post(f"{LIST}{source.pk}/change/", form(is_enabled="on"))
    source.refresh_from_db()
    assert (source.attempted_at, source.refresh_seconds) == (None, 3600)


def test_chosen_lists_are_read_at_the_next_round(cast, source):
    cast.client("operator").post(LIST, {"action": "read_soon", "_selected_action": [source.pk]})
    source.refresh_from_db()
    assert source.attempted_at is None


@pytest.mark.parametrize(("changes", "reason"), [
    ({"location": "file:///etc/passwd"}, "Only http:// and https://"),
    ({"refresh_seconds": 3599}, "greater than or equal to 3600"),
])  # fmt: skip
def test_a_bad_list_is_refused(cast, source, changes, reason):
    answer = cast.client("operator").post(f"{LIST}{source.pk}/change/", form(**changes))
    assert answer.status_code == 200
    assert reason in answer.content.decode()
    source.refresh_from_db()
    assert source.location == "mine.txt"
