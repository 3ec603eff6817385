"""Engine ``pyshark``: the meter counts, Wireshark's dissectors name what nDPI does not know.

The same meter gives the same flow rows and frames; beside it tshark dissects the same packets, and
its findings are laid over the flow rows: the application where nDPI has none (``confidence`` then
says ``tshark``), and each piece of metadata where nDPI left it empty. Hence one implementation of
counting, directions and time-outs, and an application per flow that is never worse than nDPI's.
It is slow: tshark dissects some thousand packets a second.
"""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import polars as pl

from capture_agent import tshark
from capture_agent.emission import Emission, Source
from capture_agent.l2.beside import Replayed

#: Lines of a live capture's tshark that are kept, newest last: minutes at its own speed.
KEPT_LINES: Final = 100_000
#: µs by which tshark's decimal seconds may differ from the meter's time.
_ROUNDING: Final = 1
_UNKNOWN: Final = "Unknown"
#: tshark's names that nDPI writes in another way; all others are upper case.
_NAMES: Final = {
    "http2": "HTTP2",
    "nbns": "NetBIOS",
    "dhcp": "DHCP",
    "smb": "SMBv1",
    "smb2": "SMBv23",
}
_COMPLETED: Final = (*tshark.METADATA, "ssh_client", "ssh_server")


class Facts(Protocol):
    """What tshark has said so far."""

    def current(self) -> pl.DataFrame:
        """Return it as ``tshark.facts`` does, in the flow rows' time."""
        ...

    def close(self) -> None:
        """End tshark; safe inside a signal handler."""
        ...


class Dissected:
    """A meter's source whose flow rows know what tshark knows; a ``Source`` itself."""

    def __init__(self, meter: Source, facts: Facts) -> None:
        self.counters = meter.counters
        self._meter = meter
        self._facts = facts

    def emissions(self) -> Iterator[Emission | None]:
        """Yield the meter's rows, the flow rows completed."""
        try:
            for emission in self._meter.emissions():
                if emission is not None and emission.frame == "flow":
                    table = overlay(emission.table, self._facts.current())
                    emission = emission._replace(table=table)
                yield emission
        finally:
            self._facts.close()

    def stop(self) -> None:
        """Make the meter flush and end."""
        self._meter.stop()
        self._facts.close()


class FileFacts:
    """tshark over the files that a meter replays, each when the meter has opened it."""

    def __init__(self, meter: Replayed) -> None:
        tshark.program()
        self._meter = meter
        self._round: tuple[Path, int] | None = None
        self._facts = tshark.facts(b"")
        self._process: subprocess.Popen[bytes] | None = None

    def current(self) -> pl.DataFrame:
        """Return the facts of the files read so far; waits for tshark at a file's first row."""
        path, shift = self._meter.path, self._meter.shift
        if path is not None and self._round != (path, shift):
            self._round = (path, shift)
            moved = tshark.facts(self._lines(path)).with_columns(pl.col("time") + shift)
            self._facts = pl.concat([self._facts, moved])
        return self._facts

    def close(self) -> None:
        """End tshark if it is at work."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def _lines(self, path: Path) -> bytes:
        self._process = _start(tshark.file_command(path))
        lines, _ = self._process.communicate()
        return lines


class LiveFacts:
    """tshark on the meter's network card, read by a thread."""

    def __init__(self, interface: str, bpf: str) -> None:
        only = ["-f", bpf] if bpf else []
        self._lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        self._process = _start(tshark.command(["-i", interface, *only]))
        threading.Thread(target=self._read, name="tshark", daemon=True).start()

    def current(self) -> pl.DataFrame:
        """Return the facts of the newest packets."""
        return tshark.facts(b"".join(self._lines.copy()))

    def close(self) -> None:
        """End tshark."""
        if self._process.poll() is None:
            self._process.terminate()

    def _read(self) -> None:
        if self._process.stdout:
            self._lines.extend(iter(self._process.stdout.readline, b""))


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def overlay(flows: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Return flow rows, completed by the facts of their packets. Pure.

    A fact belongs to a flow row by its key and by its time between the row's first and last packet
    (two flows may have one key, one after the other).
    """
    if facts.is_empty():
        return flows
    found = _found(flows, facts)
    joined = flows.with_row_index("row").join(found, on="row", how="left", maintain_order="left")
    is_named = (pl.col("application") == _UNKNOWN) & pl.col("application_fact").is_not_null()
    return joined.with_columns(
        pl.when(is_named).then("application_fact").otherwise("application").alias("application"),
        pl.when(is_named).then(pl.lit("tshark")).otherwise("confidence").alias("confidence"),
        *(pl.coalesce(name, f"{name}_fact").alias(name) for name in _COMPLETED),
    ).select(flows.columns)


def _found(flows: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Return one row a flow row that has facts: ``row`` and the first of each as ``…_fact``."""
    keyed = flows.with_row_index("row").select(
        "row",
        "l4",
        *tshark.key("client", "server"),
        tshark.is_low("client", "server").alias("client_is_low"),
        (pl.col("first_seen").to_physical() - _ROUNDING).alias("from"),
        (pl.col("last_seen").to_physical() + _ROUNDING).alias("to"),
    )
    near = keyed.join(facts, on=tshark.KEY, how="inner").filter(
        pl.col("time").is_between("from", "to")
    ).sort("time")  # fmt: skip
    by_client = pl.col("from_low") == pl.col("client_is_low")
    return near.group_by("row").agg(
        _name().drop_nulls().first().alias("application_fact"),
        pl.col("ssh").filter(by_client).drop_nulls().first().alias("ssh_client_fact"),
        pl.col("ssh").filter(~by_client).drop_nulls().first().alias("ssh_server_fact"),
        *(pl.col(name).drop_nulls().first().alias(f"{name}_fact") for name in tshark.METADATA),
    )


def _name() -> pl.Expr:
    """Return tshark's protocol as nDPI would write it, null for none."""
    name = pl.when(pl.col("application") != "").then("application")
    return name.replace_strict(_NAMES, default=name.str.to_uppercase())
