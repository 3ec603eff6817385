"""When captures of the past are replayed: how far their times are moved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

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
