"""The day's packets, an hour at a time, and the file they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Final

from capture_agent.demonstration.bulk import file_header
from capture_agent.demonstration.capture import record
from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.scene import Scene
from tests.traffic.day import machines, people

HOUR: Final = 3_600.0
#: How busy people are by the hour, of 1; at night nobody works.
BUSY: Final = dict(
    enumerate(
        [0] * 6 + [0.1, 0.4, 0.9, 1.0, 1.0, 0.9, 0.5, 0.9, 1.0, 1.0, 0.8, 0.5, 0.2, 0.1] + [0] * 4
    )
)
#: Hours of a whole day, and of the reduced one: night, then work.
DAY: Final = tuple(range(24))
REDUCED: Final = (2, 9)


def hour(start: float, number: int, seed: int, seconds: float = HOUR) -> list[Packet]:
    """Return the packets of the day's n-th hour in the order of time; it begins at ``start``."""
    scene = Scene(start, seconds, Random(seed * 100 + number))  # not a secret
    for part in (*machines.AROUND_THE_CLOCK, *machines.EVERY_HOUR):
        part(scene)
    if number in machines.AT_NIGHT:
        machines.AT_NIGHT[number](scene)
    if BUSY[number]:
        for work in people.PARTS:
            work(scene, BUSY[number])
    return sorted(scene.packets, key=itemgetter(0))


def packets(
    start: float, hours: Sequence[int] = DAY, seed: int = 1, seconds: float = HOUR
) -> Iterator[Packet]:
    """Yield the packets of the hours, each ``seconds`` long, one after the other, in order."""
    late: list[Packet] = []
    for place, number in enumerate(hours):
        begins = start + place * seconds
        ends = begins + seconds
        found = hour(begins, number, seed, seconds)
        yield from merge(late, (p for p in found if p.time < ends), key=itemgetter(0))
        late = [packet for packet in found if packet.time >= ends]
    yield from late


def write(
    path: Path, start: float, hours: Sequence[int] = DAY, seed: int = 1, seconds: float = HOUR
) -> int:
    """Write the hours to a capture file; return the number of packets."""
    count = 0
    with path.open("wb") as file:
        file.write(file_header())
        for packet in packets(start, hours, seed, seconds):
            file.write(record(packet))
            count += 1
    return count
