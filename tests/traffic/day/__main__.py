"""``python -m tests.traffic.day [--hours 0 1 … ] [--seed N]``: a day's traffic through the product.

DATABASE_URL names a server; a database of its own is made there and removed at the end. Prints what
was raised, by check, and fails when anything of score 100 or more was.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import django


def main() -> int:
    """Make the day, replay it, print what was raised; return 1 when something is over the limit."""
    parser = argparse.ArgumentParser(prog="tests.traffic.day", description=__doc__)
    parser.add_argument("--hours", type=int, nargs="+", default=None, help="hours of the day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--learning", type=float, default=12.0, help="hours of learning")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        return _run(options)
    finally:
        teardown_databases(made, verbosity=0)


def _run(options: argparse.Namespace) -> int:
    from tests.traffic import findings
    from tests.traffic.day import hours, replaying

    chosen = options.hours or list(hours.DAY)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.pcap"
        count = hours.write(path, replaying.yesterday(len(chosen)), chosen, options.seed)
        print(f"{len(chosen)} hours, {count:,} packets, {path.stat().st_size:,} bytes")
        replaying.enable_all(dict(findings.ALLOWED), options.learning * 3_600)
        begun = time.monotonic()
        raised = replaying.replay(path, _tell)
    print(f"\nreplayed in {time.monotonic() - begun:,.0f} s")
    by_check = Counter((one.check, one.score) for one in raised)
    for (check, score), number in sorted(by_check.items(), key=lambda entry: -entry[0][1]):
        print(f"{score:>4} {check:<40} {number:>5} alerts")
    over = [one for one in raised if one.score >= 100]
    for one in over:
        print(f"{one.began:%H:%M:%S} {one.check} {one.entity}: {one.message}")
    print(f"{len(over)} alerts of score 100 or more, of {len(raised)}")
    return 1 if over else 0


def _tell(now: datetime, packets: int) -> None:
    if now.minute == 0 and sys.stdout.isatty():
        print(f"\r{now:%a %H:%M}, {packets:,} packets", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
