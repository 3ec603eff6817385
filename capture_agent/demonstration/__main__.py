"""``python -m capture_agent.demonstration FILE`` writes the demonstration capture."""

from __future__ import annotations

import argparse
from pathlib import Path

from capture_agent.demonstration import MINUTES, SEED, write


def main() -> None:
    """Read the options and write the file."""
    parser = argparse.ArgumentParser(prog="capture_agent.demonstration", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    options = parser.parse_args()
    count = write(options.path, seed=options.seed, minutes=options.minutes)
    print(f"{count:,} packets, {options.path.stat().st_size:,} bytes: {options.path}")


if __name__ == "__main__":
    main()
