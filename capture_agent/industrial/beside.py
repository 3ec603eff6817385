"""The messages beside a meter, from a card or a file; see :mod:`capture_agent.l2.beside`."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Final

import polars as pl

from capture_agent import schema
from capture_agent.industrial.following import INTERVAL, Follower
from capture_agent.industrial.messages import READERS
from capture_agent.l2.beside import FileSide, Replayed, shifted
from capture_agent.l2.live import L2Socket, ports_program
from capture_agent.l2.scan import INDUSTRIAL, frames

FRAME: Final = "industrial"


class LiveSide:
    """The messages that a network card sees, counted over five seconds."""

    def __init__(self, interface: str) -> None:
        self._socket = L2Socket(interface, ports_program(socket.IPPROTO_TCP, tuple(READERS)))
        self._follower = Follower()
        self._asked = 0

    def ready(self) -> pl.DataFrame:
        """Return the rows of the intervals that are over."""
        self._follower.add(self._socket.frames())
        now = time.time_ns() // 1000
        if now // INTERVAL == self._asked:
            return schema.empty(FRAME)
        self._asked = now // INTERVAL
        return self._follower.rows(before=now)

    def rest(self) -> pl.DataFrame:
        """Return what is left."""
        self._follower.add(self._socket.frames())
        return self._follower.rows()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def file_side(meter: Replayed) -> FileSide:
    """Return the messages of the capture files that a meter replays."""
    return FileSide(meter, FRAME, _read)


def _read(path: Path, shift: int) -> pl.DataFrame:
    follower = Follower()
    follower.add(shifted(frames(path, INDUSTRIAL), shift))
    return follower.rows()
