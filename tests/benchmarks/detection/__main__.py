"""The command: ``python -m tests.benchmarks.detection [--seeds N] [--save]``."""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from collections.abc import Iterator

import django
import numpy as np

_LINE = "{:<28} {:>8} {:>8} {:>8}  {}"
_COLUMNS = ("check", "trials", "caught", "wrong", "ordinary")
_MINUTES = "ten minutes of an office's 30 hosts"


def main() -> None:
    """Run the trials and print the table."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--save", action="store_true", help="for docs/checks.md")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")
    django.setup()
    seeds = range(options.seeds)
    print(_LINE.format(*_COLUMNS))
    results = []
    for result in (*_captures(seeds), *_series(seeds)):
        print(_LINE.format(*result), flush=True)
        results.append(result)
    if options.save:
        _save(results)


#: Check, attacks and as many ordinary trials, attacks caught, false alarms, what is ordinary.
_Result = tuple[str, int, int, int, str]


def _captures(seeds: range) -> Iterator[_Result]:
    from tests.benchmarks.detection import captures

    wrong = Counter(check for seed in seeds for check in captures.raised(captures.ordinary(seed)))
    for attack in captures.ATTACKS:
        found = [captures.raised(captures.attacked(attack, seed)) for seed in seeds]
        caught = sum(attack.check in one for one in found)
        yield attack.check, len(seeds), caught, wrong[attack.check], _MINUTES


def _series(seeds: range) -> Iterator[_Result]:
    from tests.benchmarks.detection import series

    caught: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for seed in seeds:
        random = np.random.default_rng(seed)
        for check, is_caught, false in series.anomalies(random):
            caught[check] += is_caught
            wrong[check] += false > 0
        is_seen, false = series.destinations(random)
        caught["rare_destination"] += is_seen
        wrong["rare_destination"] += false
    for check, *_ in series.MEASURES:
        yield check, len(seeds), caught[check], wrong[check], "half a day of a host or interface"
    rare = "rare_destination"
    yield rare, len(seeds), caught[rare], wrong[rare], "400 visits after a week of learning"


def _save(results: list[_Result]) -> None:
    from checks.documentation import MEASURED

    with MEASURED.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([_COLUMNS, *results])


if __name__ == "__main__":
    main()
