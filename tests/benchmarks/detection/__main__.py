"""The command: ``python -m tests.benchmarks.detection [--seeds N]``."""

from __future__ import annotations

import argparse
import os
from collections import Counter

import django
import numpy as np

_LINE = "{:<28} {:>8} {:>8} {:>10} {:>8}  {}"


def main() -> None:
    """Run the trials and print the table."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = range(parser.parse_args().seeds)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")
    django.setup()
    print(_LINE.format("check", "attacks", "caught", "ordinary", "wrong", "ordinary is"))
    _captures(seeds)
    _series(seeds)


def _captures(seeds: range) -> None:
    from tests.benchmarks.detection import captures

    wrong = Counter(check for seed in seeds for check in captures.raised(captures.ordinary(seed)))
    for attack in captures.ATTACKS:
        found = [captures.raised(captures.attacked(attack, seed)) for seed in seeds]
        caught = sum(attack.check in one for one in found)
        _tell(attack.check, caught, wrong[attack.check], len(seeds), "10 min, 30 hosts")


def _series(seeds: range) -> None:
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
        _tell(check, caught[check], wrong[check], len(seeds), "half a day")
    rare = "rare_destination"
    _tell(rare, caught[rare], wrong[rare], len(seeds), "the 8th day, 400 visits")


def _tell(check: str, caught: int, wrong: int, trials: int, ordinary: str) -> None:
    print(_LINE.format(check, trials, caught, trials, wrong, ordinary), flush=True)


if __name__ == "__main__":
    main()
