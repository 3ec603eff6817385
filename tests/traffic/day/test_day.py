"""A reduced day of ordinary traffic: a part of a night, then of a morning."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.settings_store import forget_runner
from tests.traffic import findings
from tests.traffic.day import hours, replaying

pytestmark = pytest.mark.django_db

SECONDS = 1_200.0


def test_ordinary_traffic_raises_nothing_of_score_100_with_all_checks_on(tmp_path: Path) -> None:
    path = tmp_path / "day.pcap"
    start = replaying.yesterday(1)
    hours.write(path, start, hours.REDUCED, seconds=SECONDS)
    replaying.enable_all(dict(findings.ALLOWED), learning=SECONDS)
    try:
        raised = replaying.replay(path)
    finally:
        forget_runner()
    assert [one for one in raised if one.score >= 100] == []
    assert raised != []  # lesser ones show that the checks looked
