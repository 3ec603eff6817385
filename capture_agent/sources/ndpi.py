"""Packets from files and network cards through the compiled meter."""

from __future__ import annotations

import gc
import logging
import os
import select
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from capture_agent.emission import Emission
from capture_agent.engine_capture import Capture, open_file, open_live
from capture_agent.meter import loop
from capture_agent.meter.meter import Meter
from capture_agent.sources.replay import FOREVER, Pace, shifts

log = logging.getLogger(__name__)

_SECOND: Final = 1_000_000
#: Packets metered before the source looks at the clock and at ``stop``.
_BUDGET: Final = 20_000
#: Seconds that rows may wait, and that a source sleeps at most.
_PATIENCE: Final = 0.1
#: Rows of a replay wait for so many packets at most; an interval's frames cost as much as some.
_ENOUGH: Final = 100_000
_INTERVAL_COST: Final = 2_000
#: µs by which event time may lag behind the clock on a quiet interface: packets wait in the kernel.
_LAG: Final = _SECOND

DEFAULT_IDLE_TIMEOUT: Final = 120.0
DEFAULT_CAPACITY: Final = 200_000
#: The counters of what found a table full, and their names in the meter.
_FULL_TABLES: Final = {"flow_table_evictions": "evictions", "untracked_hosts": "hosts_untracked"}


class _NdpiSource:
    """What files and network cards share: a meter, counters, and the way rows go out."""

    def __init__(
        self, interface: str, kind: str, wanted: set[str], idle_timeout: float, capacity: int,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self.interface, self.kind, self.wanted = interface, kind, wanted
        self.counters = dict.fromkeys(
            (*("received", "parsed", "refused", "kernel_drops"), *_FULL_TABLES), 0
        )
        self._idle_timeout, self._capacity, self._clock = idle_timeout, capacity, clock
        self._stopped = False
        self._drops = 0
        self._past: dict[str, int] = dict.fromkeys(self.counters, 0)

    def stop(self) -> None:
        """Make ``emissions`` flush and end; safe inside a signal handler."""
        self._stopped = True

    def _new_meter(self, identity: int | None = None) -> Meter:
        self._past = dict(self.counters)
        gc.freeze()  # what was imported is not garbage: collections need not look at it again
        return Meter(idle_timeout=self._idle_timeout, capacity=self._capacity, identity=identity)

    def _emission(self, frame: str, table: pl.DataFrame) -> Emission:
        return Emission(self.interface, self.kind, frame, table)

    def _count(self, meter: Meter) -> None:
        for counter in ("received", "parsed", "refused"):
            self.counters[counter] = self._past[counter] + meter[counter]
        self.counters["refused"] += meter["read_errors"]
        for counter, of_meter in _FULL_TABLES.items():
            self.counters[counter] = self._past[counter] + meter[of_meter]
        self.counters["kernel_drops"] = self._drops

    def _step(self, meter: Meter, code: int, now: int) -> Iterator[Emission | None]:
        """Yield what is ready after the meter stopped for a reason."""
        due = code != loop.BUDGET or self._have_waited(meter)
        table = meter.flows() if due else None
        if due:
            self._count(meter)
        if table is not None:
            yield self._emission("flow", table)
        if code == loop.INTERVAL_OVER:
            for frame, part in meter.interval(now, self._drops):
                yield self._emission(frame, part)

    def _have_waited(self, meter: Meter) -> bool:
        """Return whether rows have waited long enough."""
        raise NotImplementedError

    def _finish(self, meter: Meter) -> Iterator[Emission]:
        """End all flows; yield their rows and the frames of the interval that is cut short."""
        more = True
        while more:
            more = meter.finish() == loop.ROWS
            if (table := meter.flows()) is not None:
                yield self._emission("flow", table)
        for frame, part in meter.last_interval(self._drops):
            yield self._emission(frame, part)
        self._count(meter)
        meter.close()


class PcapSource(_NdpiSource):
    """Capture files, one after the other, as one observation point.

    ``speed`` None reads as fast as possible; N paces by N × the packets' time. Without
    ``keep_time`` times are shifted so that the last packet's is the moment at which it is read.
    ``loop`` begins again at the end, with times anew. Raises CaptureError for a file that cannot
    be read, before anything is yielded.

    What is yielded, and in what pieces, follows from the packets alone, not from how fast they were
    read: with the same ``begun`` (µs of the clock) and ``identity`` (of the meter) another process
    yields the same again. ``None`` stands where rows have waited long enough.
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        *,
        interface: str,
        kind: str = "pcap",
        bpf: str = "",
        speed: float | None = None,
        keep_time: bool = False,
        loop: bool = False,
        wanted: set[str] | None = None,
        begun: int | None = None,
        identity: int | None = None,
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        capacity: int = DEFAULT_CAPACITY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        wanted = set() if wanted is None else wanted
        super().__init__(interface, kind, wanted, idle_timeout, capacity, clock)
        self._begun, self._identity = begun, identity
        self._cost = self._costed = 0  # since the last None, in packets; received until then
        if speed is not None and speed <= 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self._paths, self._bpf = list(paths), bpf
        self._speed, self._keep_time, self._loop = speed, keep_time, loop
        self.path: Path | None = None  # the file being read, and
        self.shift = 0  # what is added to its times, in µs
        self.reached = FOREVER  # up to what event time packets may be metered, in µs
        for path in self._paths:
            open_file(path, bpf).close()

    def emissions(self) -> Iterator[Emission | None]:
        """Yield the files' rows; ends after the last one, or never when looping."""
        while not self._stopped:
            yield from self._round()
            if not self._loop:
                return

    def _round(self) -> Iterator[Emission | None]:
        meter = self._new_meter(self._identity)
        begun = int(self._clock() * _SECOND) if self._begun is None else self._begun
        self._begun = self._identity = None
        self._cost = self._costed = 0
        moved, first = self._times(meter, begun)
        pace = Pace(self._speed, first, begun, self._clock)
        for path, shift in zip(self._paths, moved, strict=True):
            capture = open_file(path, self._bpf)
            self.path, self.shift = Path(path), shift
            meter.attach(capture, shift)
            cut = meter["cut"]
            yield from self._read(meter, capture, pace)
            self._tell_cut(path, meter["cut"] - cut)
            capture.close()
            if self._stopped:
                break
        yield from self._finish(meter)

    def _times(self, meter: Meter, begun: int) -> tuple[list[int], int]:
        """Return what is added to each file's times, and the first packet's time then, in µs."""
        still = [0] * len(self._paths)
        if self._keep_time and self._speed is None:
            return still, 0
        spans = self._spans(meter)
        moved = still if self._keep_time else shifts(spans, begun, self._speed)
        starts = [start + move for (start, _), move in zip(spans, moved, strict=True) if start]
        return moved, min(starts, default=0)

    def _spans(self, meter: Meter) -> list[tuple[int, int]]:
        spans = []
        for path in self._paths:
            capture = open_file(path, self._bpf)
            meter.attach(capture)
            spans.append(meter.span())
            capture.close()
        return spans

    def _read(self, meter: Meter, capture: Capture, pace: Pace) -> Iterator[Emission | None]:
        while not self._stopped:
            meter.want_start("start" in self.wanted)
            self.reached = pace.until
            code = meter.run(pace.until, _BUDGET)
            self._cost += meter["received"] - self._costed
            self._cost += _INTERVAL_COST if code == loop.INTERVAL_OVER else 0
            self._costed = meter["received"]
            yield from self._step(meter, code, meter["packet_time"] + meter["shift"])
            # Paced, an interval's frames are as urgent as those of a card.
            is_urgent = code == loop.INTERVAL_OVER and self._speed is not None
            if code == loop.LATER or is_urgent or self._have_waited(meter):
                self._cost = 0
                yield None
            if code == loop.LATER:
                self._sleep(pace)
            elif code in (loop.END, loop.NOTHING):
                if code == loop.NOTHING:
                    self._note_error(meter, capture)
                return

    def _have_waited(self, meter: Meter) -> bool:
        return self._cost >= _ENOUGH

    def _tell_cut(self, path: str | os.PathLike[str], packets: int) -> None:
        if packets:
            log.warning(
                "%s: packets refused because they were captured in part: %s; capture IPv6 with "
                "its whole length (tcpdump -s 0)", path, f"{packets:,}",
            )  # fmt: skip

    def _note_error(self, meter: Meter, capture: Capture) -> None:
        meter.count_read_error()
        log.warning("%s: ends early: %s", capture.name, capture.error)

    def _sleep(self, pace: Pace) -> None:
        """Sleep until the next step's turn, in short naps: ``stop`` may be called."""
        pace.advance()
        while not self._stopped and (ahead := pace.ahead()) > 0:
            time.sleep(min(_PATIENCE, ahead))


class LiveSource(_NdpiSource):
    """A network card. Raises CaptureError when it cannot be captured from."""

    def __init__(
        self,
        interface: str,
        *,
        name: str = "",
        bpf: str = "",
        wanted: set[str] | None = None,
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        capacity: int = DEFAULT_CAPACITY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        wanted = set() if wanted is None else wanted
        super().__init__(name or interface, "live", wanted, idle_timeout, capacity, clock)
        self._capture = open_live(interface, bpf)
        self._flushed = 0.0

    def emissions(self) -> Iterator[Emission | None]:
        """Yield the card's rows until stopped; ``None`` at least every 100 ms when nothing came."""
        meter = self._new_meter()
        meter.attach(self._capture)
        try:
            while not self._stopped:
                meter.want_start("start" in self.wanted)
                code = meter.run(FOREVER, _BUDGET)
                if code == loop.NOTHING:
                    code = self._wait(meter)
                self._drops = self._capture.drops()
                yield from self._step(meter, code, int(self._clock() * _SECOND))
                yield None
            yield from self._finish(meter)
        finally:
            self._capture.close()

    def _have_waited(self, meter: Meter) -> bool:
        if has_waited := time.monotonic() - self._flushed > _PATIENCE:
            self._flushed = time.monotonic()
        return has_waited

    def _wait(self, meter: Meter) -> int:
        """Wait for packets; without any, let event time follow the clock. Returns why to go on."""
        self._check()
        ready, _, _ = select.select([self._capture.descriptor], [], [], _PATIENCE)
        if ready:
            return loop.NOTHING
        return meter.pass_time(int(self._clock() * _SECOND) - _LAG)

    def _check(self) -> None:
        """Raise OSError when the card is gone."""
        if text := self._capture.error:
            raise OSError(f"{self.interface}: capture ended: {text}")
