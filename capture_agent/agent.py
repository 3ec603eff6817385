"""The agent's loop: rows from a source through the batcher into the spool, and how it ends.

A source that ends (a capture file) is waited for until the server has all its batches: nothing is
dropped, a full spool makes the source wait, and batches are cut where the source says, so that a
replay that was killed makes the same ones again (:mod:`capture_agent.unfinished`). A live source
never waits: its batches are cut by the clock, and what does not fit into the spool goes, oldest
first, counted. On SIGTERM or SIGINT the source flushes its flows, the rest is posted for at most
``GRACE`` seconds, and what is left stays in the spool for the next start.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from capture_agent import schema
from capture_agent.batcher import Batch, Batcher
from capture_agent.emission import Emission, Source
from capture_agent.post import Poster
from capture_agent.spool import Spool
from capture_agent.unfinished import Replay

#: How long a stopped agent tries to post what it holds, in seconds.
GRACE: Final = 3.0

log = logging.getLogger(__name__)


class Tally:
    """The agent's counters: those of the source and those of the shell (``schema.COUNTERS``)."""

    def __init__(self, source: Source, spool: Spool) -> None:
        self.flows = 0  # ended flows
        self.rows = 0
        self.poster: Poster | None = None
        self._source = source
        self._spool = spool

    def count(self, emission: Emission) -> None:
        """Count what a source yielded."""
        self.rows += emission.table.height
        if emission.frame == "flow":
            self.flows += int((emission.table["event"] == "end").sum())

    def counters(self) -> dict[str, int]:
        """Return all counters since the start."""
        mine = {
            "spooled_batches": len(self._spool),
            "spool_drops": self._spool.spool_drops,
            "rejected_batches": self._spool.rejected,
            "sent_rows": self.poster.totals.rows if self.poster else 0,
        }
        return dict.fromkeys(schema.COUNTERS, 0) | self._source.counters | mine

    def summary(self) -> str:
        """Return the agent's last line."""
        now = self.counters()
        totals = self.poster.totals if self.poster else None
        return (
            f"{now['received']:,} packets ({now['refused']:,} not understood, "
            f"{now['kernel_drops']:,} lost by the kernel), {self.flows:,} flows, "
            f"{self.rows:,} rows; {now['sent_rows']:,} rows in "
            f"{totals.batches if totals else 0:,} batches acknowledged "
            f"({totals.refused_rows if totals else 0:,} rows refused, "
            f"{totals.repeated_batches if totals else 0:,} batches repeated), "
            f"{now['rejected_batches']:,} batches rejected, {now['spool_drops']:,} dropped, "
            f"{now['spooled_batches']:,} wait in the spool"
        )


class Agent:
    """One run of one source.

    ``waits`` says that the source can wait for the server and says itself, by None, when rows have
    waited long enough; ``replay`` that it is one that goes on after a crash.
    """

    def __init__(
        self,
        source: Source,
        spool: Spool,
        tally: Tally,
        session: UUID,
        *,
        waits: bool,
        replay: Replay | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._spool = spool
        self._tally = tally
        self._batcher = Batcher(session)
        self._waits = waits
        self._replay = replay
        self._clock = clock
        self._stopped = False

    def stop(self) -> None:
        """End early, flushing; safe inside a signal handler and from any thread."""
        self._stopped = True
        self._spool.hurry()
        self._source.stop()

    def run(self) -> None:
        """Spool all that the source yields. Raises what the source raises, and SpoolError."""
        is_whole = False
        try:
            for emission in self._source.emissions():
                if self._stopped and not self._may_flush():
                    return
                self._take(emission)
            is_whole = not self._stopped
        finally:
            if is_whole or self._may_flush():
                self._spool_all(self._batcher.flush())

    def drain(self, poster: Poster) -> None:
        """Wait until the server has the batches, or as long as the way it ended allows."""
        while not self._stopped and not poster.fatal:
            if self._spool.wait_until_empty(0.25):
                return
        deadline = self._clock() + GRACE
        while self._clock() < deadline and not poster.is_failing:
            if self._spool.wait_until_empty(0.1):
                return

    @property
    def is_stopped(self) -> bool:
        """Say whether it was ended early."""
        return self._stopped

    def _may_flush(self) -> bool:
        """Say whether rows of a run that ends early may go out."""
        return self._replay is None or self._replay.break_off()

    def _take(self, emission: Emission | None) -> None:
        now = self._clock()
        if emission is not None:
            self._tally.count(emission)
            self._spool_all(self._batcher.add(emission, now))
        if not self._waits:
            self._spool_all(self._batcher.due(now))
        elif emission is None:
            self._spool_all(self._batcher.flush())

    def _spool_all(self, batches: list[Batch]) -> None:
        for batch in batches:
            if self._replay is None or batch.sequence > self._replay.acknowledged_before:
                self._spool.put(batch, wait=self._waits)
