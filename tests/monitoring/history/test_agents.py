from datetime import timedelta

import pytest

from monitoring.history.agents import MAX_SKEW_MS, SILENT_AFTER, health_of
from monitoring.models import Agent
from tests.monitoring.builders import NOON


@pytest.mark.parametrize(
    ("fields", "level", "text"),
    [
        ({}, "ok", "well"),
        ({"is_enabled": False}, "off", "switched off"),
        ({"last_seen_at": None}, "off", "never seen"),
        ({"last_seen_at": NOON - SILENT_AFTER}, "ok", "well"),
        ({"last_seen_at": NOON - SILENT_AFTER - timedelta(seconds=1)}, "error", "silent"),
        ({"clock_skew_ms": -MAX_SKEW_MS - 1}, "warning", "its clock is wrong"),
        ({"counters": {"received": 1000, "kernel_drops": 10}}, "ok", "well"),
        ({"counters": {"received": 1000, "kernel_drops": 11}}, "warning", "loses packets"),
        ({"counters": {"rejected_batches": 1}}, "warning", "has batches that the server refused"),
    ],
)
def test_the_gravest_trouble_is_named(fields, level, text):
    health = health_of(Agent(**{"last_seen_at": NOON, **fields}), NOON)
    assert (health.level, health.text) == (level, text)
