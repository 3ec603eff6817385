"""A SYN flood from a million invented sources: ``python -m tests.traffic.spoofed_flood FILE``.

Every packet is a flow and a host of its own; what bounds hosts, roll-ups and memory must hold.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capture_agent.demonstration.bulk import (
    BLANK4,
    BLANK6,
    Bytes,
    Ends,
    addresses4,
    addresses6,
    expand,
    file_header,
    records,
)
from capture_agent.demonstration.packets import SYN, tcp
from tests.traffic.packets import START

VICTIM4, VICTIM6 = 0x0A090001, (0xFD09 << 48, 1)  # 10.9.0.1 and fd09::1
_PRIME = 2_654_435_761  # odd, so that number × prime mod 2^32 repeats no number
_SPOOFED6 = 0x20010DB8_00000000
_CHUNK = 100_000


@dataclass(frozen=True)
class Flood:
    """How many sources send one SYN each, within how many seconds, to which port."""

    sources: int = 1_000_000
    seconds: float = 60.0
    family: int = 4
    port: int = 80


def sources4(numbers: np.ndarray) -> np.ndarray:
    """Return different unicast IPv4 addresses outside of private networks for 0, 1, 2, …

    They lie in 11.0.0.0 … 14.255.255.255, which holds no private, loopback or multicast address.
    """
    mixed = numbers.astype(np.uint64) * np.uint64(_PRIME) % np.uint64(1 << 26)
    return (mixed + np.uint64(0x0B000000)).astype(np.uint32)


def blocks(flood: Flood, start: float = START) -> Iterator[Bytes]:
    """Yield pcap records (n × bytes) in the order of time."""
    if not 0 < flood.sources <= 1 << 26:
        raise ValueError(f"sources: {flood.sources} is not within 1 … {1 << 26}")
    blank = BLANK4 if flood.family == 4 else BLANK6
    frame = tcp(*blank, (0, 0), SYN)
    for first in range(0, flood.sources, _CHUNK):
        numbers = np.arange(first, min(first + _CHUNK, flood.sources), dtype=np.uint64)
        times = (start + numbers * flood.seconds / flood.sources) * 1e6
        yield records(expand(frame, _ends(flood, numbers)), times.astype(np.int64))


def _ends(flood: Flood, numbers: np.ndarray) -> Ends:
    count = len(numbers)
    ports = (numbers % np.uint64(60_000) + np.uint64(1_024)).astype(np.uint16)
    there = np.full(count, flood.port, np.uint16)
    if flood.family == 6:
        source = addresses6(_SPOOFED6, numbers * np.uint64(_PRIME))
        return Ends(source, addresses6(VICTIM6[0], np.full(count, VICTIM6[1])), ports, there)
    victim = addresses4(np.full(count, VICTIM4, np.uint32))
    return Ends(addresses4(sources4(numbers)), victim, ports, there)


def write(path: Path | str, flood: Flood | None = None, start: float = START) -> int:
    """Write the capture; returns the number of packets."""
    flood = flood or Flood()
    with Path(path).open("wb") as file:
        file.write(file_header())
        for rows in blocks(flood, start):
            file.write(rows.data)
    return flood.sources


def main() -> None:
    """Read the options and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    for name, default in vars(Flood()).items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    options = vars(parser.parse_args())
    path = options.pop("path")
    print(f"{write(path, Flood(**options)):,} packets, {path.stat().st_size:,} bytes: {path}")


if __name__ == "__main__":
    main()
