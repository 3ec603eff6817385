"""Posts the spool's batches to the server until it has them: two in flight, oldest first.

What the server answers decides (:func:`judge`): stored → removed; refused for its content → set
aside in ``rejected/``, never sent again; busy, unreachable or broken → sent again after a pause
that grows with each failure, with full jitter, or that the server asked for; token refused → the
agent stops and keeps its batches. An answer that fits nothing (404, a redirect) is a wrong address
or a proxy in the way: retried and reported, since the batch is not at fault.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from ipaddress import ip_address
from random import SystemRandom
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx

from capture_agent import __version__, schema
from capture_agent.batcher import Batch
from capture_agent.spool import Entry, Spool

IN_FLIGHT: Final = 2
#: Pauses are drawn from 0 … min(CEILING, BASE · 2^failures) seconds ("full jitter").
BASE: Final = 0.25
CEILING: Final = 30.0
#: The longest Retry-After that is honoured, in seconds.
LONGEST_RETRY_AFTER: Final = 600.0
TIMEOUT: Final = httpx.Timeout(60.0, connect=5.0)
_CONTENT_REFUSED: Final = frozenset({400, 413, 415, 422})
_TOKEN_REFUSED: Final = frozenset({401, 403})

log = logging.getLogger(__name__)
_random = SystemRandom()


class Verdict(Enum):
    """What becomes of a batch after an answer."""

    STORED = "stored"
    REFUSED = "refused"
    AGAIN = "again"
    STOP = "stop"


class Totals:
    """What the server acknowledged, since the start; resumed batches of old sessions included."""

    def __init__(self) -> None:
        self.batches = 0
        self.rows = 0
        self.refused_rows = 0
        self.repeated_batches = 0


class Post(NamedTuple):
    """How one attempt ended; ``answer`` is the server's JSON, or the error's text."""

    verdict: Verdict
    status: int  # 0: no answer
    answer: dict[str, Any]
    retry_after: float | None  # seconds


def judge(status: int) -> Verdict:
    """Return what an HTTP status means for the batch that was posted."""
    if 200 <= status < 300:
        return Verdict.STORED
    if status in _CONTENT_REFUSED:
        return Verdict.REFUSED
    return Verdict.STOP if status in _TOKEN_REFUSED else Verdict.AGAIN


def pause(failures: int, retry_after: float | None, chance: float) -> float:
    """Return the seconds to wait after the n-th failure in a row; ``chance`` is in 0 … 1.

    A Retry-After is waited for in full, and then up to a second more, so that all agents of a
    server do not come back at once.
    """
    if retry_after is not None:
        return min(retry_after, LONGEST_RETRY_AFTER) + chance
    return chance * min(CEILING, BASE * 2.0 ** min(failures, 16))


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3); None for a bad one."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (when - now).total_seconds()) if when.tzinfo else None


def headers(batch: Batch, sent_at: datetime, counters: Mapping[str, int] | None) -> dict[str, str]:
    """Return a batch's request headers, without the token."""
    fields = {
        "Content-Type": schema.CONTENT_TYPE,
        "Content-Encoding": "zstd",
        schema.HEADER_SESSION: str(batch.session),
        schema.HEADER_SEQUENCE: str(batch.sequence),
        schema.HEADER_FRAME: batch.frame,
        schema.HEADER_SCHEMA: str(schema.VERSION),
        schema.HEADER_INTERFACE: batch.interface,
        schema.HEADER_KIND: batch.kind,
        schema.HEADER_SENT_AT: sent_at.isoformat(),
    }
    if counters is not None:
        fields[schema.HEADER_COUNTERS] = json.dumps(dict(counters), separators=(",", ":"))
    return fields


def connect(url: str, token: str) -> httpx.Client:
    """Return the client of a server, which several threads may use. Raises ValueError."""
    address = httpx.URL(url)
    if address.scheme not in ("http", "https") or not address.host:
        raise ValueError(f"{url!r} is no address like https://ntopweb.example.org:8000")
    return httpx.Client(
        base_url=address,
        headers={"Authorization": f"Token {token}", "User-Agent": f"ntopweb-agent/{__version__}"},
        timeout=TIMEOUT,
        trust_env=not _is_loopback(address.host),
    )


class Poster:
    """Worker threads between a spool and a server.

    ``fatal`` is the line to end with once the server has refused the token; ``on_fatal`` is then
    called, from a worker. ``on_settled`` is called with each batch that the server has answered for
    good. ``counters`` returns the agent's counters, sent with each batch of this session.
    ``skew`` is the server's clock minus ours, in seconds, as the last answer had it.
    """

    def __init__(
        self,
        client: httpx.Client,
        spool: Spool,
        session: UUID,
        counters: Callable[[], Mapping[str, int]],
        on_fatal: Callable[[], None] = lambda: None,
    ) -> None:
        self.totals = Totals()
        self.fatal = ""
        self.skew: float | None = None
        self._client = client
        self._spool = spool
        self._session = session
        self._counters = counters
        self._on_fatal = on_fatal
        self.on_settled: Callable[[Batch], None] = lambda batch: None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._failures = 0
        self._resume_at = 0.0  # monotonic seconds
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start posting."""
        for number in range(IN_FLIGHT):
            thread = threading.Thread(target=self._work, name=f"post-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    @property
    def is_failing(self) -> bool:
        """Say whether the last attempt failed."""
        return self._failures > 0

    def close(self) -> None:
        """Stop posting; what is in flight is given a second and is else sent again next time."""
        self._stopping.set()
        self._spool.close()
        for thread in self._threads:
            thread.join(1.0)

    def _work(self) -> None:
        while (entry := self._spool.take()) is not None:
            batch = self._spool.read(entry)
            if batch is None:
                continue
            self._wait_for_turn()
            if self._stopping.is_set():
                return
            self._settle(entry, batch, self._attempt(batch))

    def _wait_for_turn(self) -> None:
        """Wait out the pause, which the other worker may prolong meanwhile."""
        while (left := self._resume_at - time.monotonic()) > 0 and not self._stopping.is_set():
            self._stopping.wait(left)

    def _attempt(self, batch: Batch) -> Post:
        sent_at = datetime.now(UTC)
        counters = self._counters() if batch.session == self._session else None
        try:
            answer = self._client.post(
                schema.PATH, content=batch.body, headers=headers(batch, sent_at, counters)
            )
        except (httpx.HTTPError, OSError) as error:
            return Post(Verdict.AGAIN, 0, {"error": str(error) or type(error).__name__}, None)
        pause_asked = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
        return Post(judge(answer.status_code), answer.status_code, _json(answer), pause_asked)

    def _settle(self, entry: Entry, batch: Batch, post: Post) -> None:
        if post.verdict in (Verdict.STORED, Verdict.REFUSED):
            self.on_settled(batch)
        if post.verdict is Verdict.STORED:
            self._spool.remove(entry)
            self._on_stored(batch, post.answer)
        elif post.verdict is Verdict.REFUSED:
            self._spool.reject(entry, {"status": post.status, "answer": post.answer})
            self._recovered()
            log.error("the server refused batch %s: %s", batch.sequence, _reason(post))
        else:
            self._fail(post)
            self._spool.give_back(entry)

    def _on_stored(self, batch: Batch, answer: dict[str, Any]) -> None:
        with self._lock:
            self.totals.batches += 1
            self.totals.rows += batch.rows
            self.totals.refused_rows += _number(answer, "refused")
            self.totals.repeated_batches += bool(answer.get("repeated"))
            if isinstance(skew := answer.get("clock_skew"), int | float):
                self.skew = float(skew)
        self._recovered()

    def _fail(self, post: Post) -> None:
        with self._lock:
            if post.verdict is Verdict.STOP and not self.fatal:
                self.fatal = (
                    f"the server refused the token ({_reason(post)}): make a new one under Agents "
                    f"and start again; {len(self._spool)} batches are kept"
                )
            seconds = pause(self._failures, post.retry_after, _random.random())
            self._resume_at = max(self._resume_at, time.monotonic() + seconds)
            self._failures += 1
            first = self._failures == 1
        if self.fatal:
            self._stopping.set()
            self._spool.close()
            self._on_fatal()
        elif first:
            log.warning(
                "%s does not take batches: %s; they wait", self._client.base_url, _reason(post)
            )

    def _recovered(self) -> None:
        with self._lock:
            failed, self._failures = self._failures > 0, 0
        if failed:
            log.info("%s takes batches again; %d to send", self._client.base_url, len(self._spool))


def _is_loopback(host: str) -> bool:
    """Say whether no proxy can stand between us and a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {"error": answer.text[:500]}
    return content if isinstance(content, dict) else {"error": answer.text[:500]}


def _number(answer: dict[str, Any], key: str) -> int:
    value = answer.get(key)
    return value if isinstance(value, int) else 0


def _reason(post: Post) -> str:
    text = str(post.answer.get("error") or post.answer.get("detail") or "").strip()
    return f"{post.status} {text}".strip() if post.status else text
