"""Asks the server every few seconds what it wants: which events, and what its clock says.

The server wants ``start`` rows only while an enabled check or script looks at them; a meter that
does not send them saves a row per flow. The request also shows a quiet agent to be alive.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from capture_agent import schema

PERIOD: Final = 5.0
TIMEOUT: Final = 5.0

log = logging.getLogger(__name__)


class Wanted:
    """A thread that keeps ``events``, the set shared with the sources, as the server has it.

    ``skew`` is the server's clock minus ours in seconds, None before the first answer with a clock.
    """

    def __init__(self, client: httpx.Client, *, now: Callable[[], float] = time.time) -> None:
        self.events: set[str] = set()
        self.skew: float | None = None
        self._client = client
        self._now = now
        self._stopping = threading.Event()

    def start(self) -> None:
        """Ask once, so that the first packets are treated right, then go on in a thread."""
        self.ask()
        threading.Thread(target=self._work, name="wanted", daemon=True).start()

    def close(self) -> None:
        """Stop asking."""
        self._stopping.set()

    def ask(self) -> bool:
        """Ask once; return whether events were answered, else all stays as it is.

        A refused token is the poster's case.
        """
        before, has_events = self._now(), False
        with contextlib.suppress(httpx.HTTPError, OSError, ValueError):
            answer = self._client.get(schema.WANTED_PATH, timeout=TIMEOUT)
            if answer.status_code == httpx.codes.OK:
                content = answer.json()
                has_events = isinstance(content, dict) and "events" in content
                self._take(content, (before + self._now()) / 2)
        return has_events

    def _work(self) -> None:
        while not self._stopping.wait(PERIOD):
            self.ask()

    def _take(self, answer: Any, asked_at: float) -> None:
        if not isinstance(answer, dict):
            return
        if isinstance(events := answer.get("events"), list):
            wanted = {event for event in events if isinstance(event, str)}
            self.events |= wanted
            self.events &= wanted
        if isinstance(clock := answer.get("clock"), str):
            self.skew = _seconds(clock) - asked_at


def _seconds(clock: str) -> float:
    """Return an RFC 3339 time as Unix seconds; UTC where no zone is given. Raises ValueError."""
    parsed = datetime.fromisoformat(clock)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
