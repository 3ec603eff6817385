"""``flows``: a capture's flow rows into an Arrow file, for programs that want no server."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from capture_agent import schema


def write_flows(capture: Path, out: Path, events: set[str]) -> int:
    """Write the capture's flow rows of these events to an Arrow file; return how many.

    Raises OSError or ValueError with one line that says what to do.
    """
    from capture_agent.sources.ndpi import PcapSource

    try:
        source = PcapSource([capture], interface=capture.name, wanted=set(events))
        tables = [e.table for e in source.emissions() if e is not None and e.frame == "flow"]
    except RuntimeError as error:  # the engine in the wheel is not the one we were built for
        raise OSError(str(error)) from error
    rows = pl.concat([schema.empty("flow"), *tables]).filter(pl.col("event").is_in(events))
    rows.write_ipc(out, compression="zstd")
    return rows.height
