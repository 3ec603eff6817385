"""What a source yields and what a source is: the seam between the meter and the agent's shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import polars as pl


class Emission(NamedTuple):
    """Some rows of one frame, seen at one observation point."""

    interface: str  # the observation point's name
    kind: str  # one of schema.INTERFACE_KINDS
    frame: str  # a key of schema.FRAMES
    table: pl.DataFrame  # exactly the frame's schema, never empty


class Source(Protocol):
    """Something that observes traffic and yields it as rows of the frames.

    ``counters`` holds ``received``, ``parsed``, ``refused``, ``kernel_drops``,
    ``flow_table_evictions`` and ``untracked_hosts``, each since the source's start.
    """

    counters: dict[str, int]

    def emissions(self) -> Iterator[Emission | None]:
        """Yield rows as they come; end with the source.

        A live source yields at least every 250 ms; ``None`` says that nothing came, so that its
        reader can look at its own clock.
        """
        ...

    def stop(self) -> None:
        """Make ``emissions`` flush and end; safe inside a signal handler."""
        ...
