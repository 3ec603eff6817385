"""Days of measures of a host and an interface, with and without an anomaly at the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl

from checks.derived import BAND, CONTACT
from checks.learning import bands
from checks.registry import discover
from checks.runner import Active, Runner

_NOON: Final = datetime(2026, 1, 9, 12, tzinfo=UTC)
_DAYS: Final = 3
#: Points of an anomaly: half an hour.
_ODD: Final = 6
#: Check, kind, measure, mean of a busy point, and whether it is a count of events.
MEASURES: Final = (
    ("flows_anomaly", "host", "flows", 40.0),
    ("score_anomaly", "host", "score", 60.0),
    ("score_behavior", "interface", "score", 900.0),
    ("traffic_behavior", "interface", "bytes", 3e9),
)


def day(random: np.random.Generator, measure: str, mean: float) -> bands.Numbers:
    """Return three days of a measure, a point every five minutes: busy by day, quiet at night."""
    points = np.arange(_DAYS * bands.SEASON)
    hour = points % bands.SEASON * 24 / bands.SEASON
    rhythm = 0.08 + np.exp(-(((hour - 13) / 4) ** 2))
    busy = mean * rhythm * random.lognormal(0, 0.12, len(points))
    if measure == "flows":
        return random.poisson(busy).astype(np.float64)
    if measure == "score":
        return 10.0 * random.poisson(busy / 10)
    return busy * random.lognormal(0, 0.2, len(points))


def told(check: str, kind: str, measure: str, values: bands.Numbers) -> bool:
    """Return whether the check fires at the series' last point."""
    about = {"interface_id": 1, "name": "x", "address": None, "kind": kind, "measure": measure}
    row = bands.row(values, _NOON, **about)
    found = _runner(check).evaluate("band", pl.DataFrame([row], schema=BAND, orient="row"))
    return found.findings.height > 0


def _runner(check: str) -> Runner:
    return Runner([Active(discover()[check](), 1, 50)])


def anomalies(random: np.random.Generator) -> Iterator[tuple[str, bool, int]]:
    """Yield (check, whether an anomaly of half an hour is seen, false alarms of half a day)."""
    for check, kind, measure, mean in MEASURES:
        values = day(random, measure, mean)
        length = len(values) - bands.SEASON // 2 + int(random.integers(bands.SEASON // 4))
        odd = values[:length].copy()
        odd[-_ODD:] = (odd[-_ODD:] + 0.3 * mean) * random.uniform(3, 8)
        caught = any(told(check, kind, measure, odd[: length - back]) for back in range(_ODD - 2))
        ends = range(len(values) - bands.SEASON // 2, len(values), 3)
        false = sum(told(check, kind, measure, values[:end]) for end in ends)
        yield check, caught, false


def destinations(random: np.random.Generator) -> tuple[bool, int]:
    """Return whether a destination after a week is seen, and how many of the usual ones are.

    People go where they went: two hundred domains, by Zipf's law, from one to thirty a day.
    """
    usual = [f"site-{rank}.example" for rank in range(200)]
    seen: dict[str, float] = {}
    false = 0
    for number in range(8):
        for rank in np.minimum(random.zipf(1.6, 400), 200) - 1:
            first = seen.setdefault(usual[int(rank)], float(number))
            false += number == 7 and first == 7.0
    row = {"kind": "destination", "learned_after": 7.5 * 86_400, "known_for": 60.0, "verdict": ""}
    table = pl.DataFrame([dict.fromkeys(CONTACT) | row], schema=CONTACT, orient="row")
    found = _runner("rare_destination").evaluate("contact", table)
    return found.findings.height == 1, false
