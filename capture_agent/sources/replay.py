"""When captures of the past are replayed: how far their times are moved, and at what pace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

#: µs: later than any packet.
FOREVER: Final = 1 << 62
#: Seconds of the clock between two steps of a paced replay.
TICK: Final = 0.2
_SECOND: Final = 1_000_000
#: µs: files this close behind one another keep their distance, others follow at once.
_NEIGHBOURS: Final = 3_600_000_000


def shifts(spans: Sequence[tuple[int, int]], now: int, speed: float | None) -> list[int]:
    """Return, per file, what to add to its times, in µs.

    ``spans`` are the files' first and last packet's times, (0, 0) for a file without packets. Files
    follow one another; the last packet of all gets the time at which it will be read: ``now`` at
    full speed, later by the replay's duration when paced.
    """
    if not spans:
        return []
    moved = [0]
    for (_, end), (start, _) in pairwise(spans):
        gap = start - end
        keeps = start == 0 or end == 0 or 0 <= gap <= _NEIGHBOURS
        moved.append(moved[-1] if keeps else moved[-1] - gap)
    starts = [first + move for (first, _), move in zip(spans, moved, strict=True) if first]
    ends = [last + move for (_, last), move in zip(spans, moved, strict=True) if last]
    if not ends:
        return moved
    duration = 0 if speed is None else int((max(ends) - min(starts)) / speed)
    return [move + now + duration - max(ends) for move in moved]


class Pace:
    """How far a replay may go, in steps: the same steps in every process that replays it.

    ``speed`` is a multiple of real time, None as fast as possible; ``first`` is the first packet's
    time, ``begun`` when the replay began, both in µs. ``until`` is up to where it may go now.
    """

    def __init__(
        self, speed: float | None, first: int, begun: int, clock: Callable[[], float]
    ) -> None:
        self.until = FOREVER if speed is None else first
        self._first, self._begun, self._clock = first, begun / _SECOND, clock
        self._speed = speed or 1.0
        self._steps = 0

    def advance(self) -> None:
        """Go on to the next step."""
        self._steps += 1
        self.until = self._first + int(self._steps * TICK * self._speed * _SECOND)

    def ahead(self) -> float:
        """Return how many seconds the step is before its turn; negative when it is late."""
        return self._begun + self._steps * TICK - self._clock()
