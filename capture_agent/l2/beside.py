"""L2 rows beside a meter: one source of two handles, so that the agent has one loop.

The meter's source sets the pace. Whenever it yields, what its side has ready is yielded too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import polars as pl

from capture_agent import schema
from capture_agent.emission import Emission, Source
from capture_agent.l2.live import L2Socket
from capture_agent.l2.parse import Frame, table
from capture_agent.l2.scan import frames


class Side(Protocol):
    """Where L2 rows come from."""

    def ready(self) -> pl.DataFrame:
        """Return the rows that have come since the last call."""
        ...

    def rest(self) -> pl.DataFrame:
        """Return what is left at the end."""
        ...

    def close(self) -> None:
        """End the handle."""
        ...


class Beside:
    """A meter's source with L2 rows of the same interface; a ``Source`` itself."""

    def __init__(
        self, meter: Source, side: Side, interface: str, kind: str, frame: str = "l2"
    ) -> None:
        self.meter = meter
        self._frame = frame
        self._side = side
        self._interface = interface
        self._kind = kind

    @property
    def counters(self) -> dict[str, int]:
        """The meter's counters: its handle sees the same packets and more."""
        return self.meter.counters

    @counters.setter
    def counters(self, value: dict[str, int]) -> None:
        self.meter.counters = value

    def emissions(self) -> Iterator[Emission | None]:
        """Yield the meter's rows, and the side's as they are ready."""
        try:
            for emission in self.meter.emissions():
                yield from self._as_emission(self._side.ready())
                yield emission
            yield from self._as_emission(self._side.rest())
        finally:
            self._side.close()

    def stop(self) -> None:
        """Make the meter flush and end."""
        self.meter.stop()

    def _as_emission(self, rows: pl.DataFrame) -> Iterator[Emission]:
        if rows.height:
            yield Emission(self._interface, self._kind, self._frame, rows)


class LiveSide:
    """The L2 rows of a network card."""

    def __init__(self, interface: str) -> None:
        self._socket = L2Socket(interface)

    def ready(self) -> pl.DataFrame:
        """Return the rows of the frames received since the last call."""
        return table(self._socket.frames())

    rest = ready

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class Replayed(Protocol):
    """What a capture file's side asks of the file's meter."""

    shift: int  # microseconds that are added to the times of the file and round being read
    reached: int  # microseconds since 1970: up to where the meter has got
    path: Path | None  # the file being read; None before the first


#: Returns the rows of a file, with so many microseconds added to their times.
Read = Callable[[Path, int], pl.DataFrame]


class FileSide:
    """The L2 rows of the capture files that a meter replays, with the meter's shift of time.

    A file is scanned when the meter has opened it; a row is ready once the meter has got there,
    which for all but a paced replay is at once.
    """

    def __init__(self, meter: Replayed, frame: str = "l2", read: Read | None = None) -> None:
        self._meter = meter
        self._frame, self._read = frame, read or _read
        self._round: tuple[Path, int] | None = None
        self._waiting = schema.empty(frame)

    def ready(self) -> pl.DataFrame:
        """Return the rows that the meter has got to since the last call, and a past round's."""
        path, shift = self._meter.path, self._meter.shift
        gone = schema.empty(self._frame)
        if path is not None and self._round != (path, shift):
            self._round, gone = (path, shift), self._waiting
            self._waiting = self._read(path, shift)
        if not self._waiting.height:
            return gone
        is_past = pl.col("time").to_physical() <= self._meter.reached
        past, self._waiting = self._waiting.filter(is_past), self._waiting.filter(~is_past)
        return pl.concat([gone, past])

    def rest(self) -> pl.DataFrame:
        """Return what has not become ready by the end."""
        return pl.concat([self.ready(), self._waiting])

    def close(self) -> None:
        """Do nothing: a file is read at once."""


def _read(path: Path, shift: int) -> pl.DataFrame:
    return table(shifted(frames(path), shift))


def shifted(found: Iterable[Frame], shift: int) -> Iterator[Frame]:
    """Yield frames with ``shift`` microseconds added to their times."""
    return (frame._replace(time=frame.time + shift) for frame in found)
