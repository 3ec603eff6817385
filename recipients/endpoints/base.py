"""What a kind of endpoint is, what it is given, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import getitem
from typing import Any, ClassVar, NamedTuple

from recipients.http import Outbound, Reply, retry_after
from recipients.message import Message
from recipients.parameters import Configured

__all__ = ["Addressee", "Answer", "DeliveryError", "Message", "Outbound", "Service", "Verdict"]


class Verdict(Enum):
    """What a failure means for what comes next."""

    RETRY = "retry"  #: it may go better later
    REFUSED = "refused"  #: this message will never be taken, others may
    DISABLED = "disabled"  #: the service will take nothing until somebody changes something


class DeliveryError(Exception):
    """A message that was not taken. ``retry_after`` is in seconds."""

    def __init__(
        self,
        reason: str,
        verdict: Verdict = Verdict.RETRY,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.status = status
        self.retry_after = retry_after


class Answer(NamedTuple):
    """What the service said when it took a message."""

    status: int | None
    text: str


@dataclass(frozen=True)
class Addressee(Configured):
    """The recipient's own parameters; a kind without any uses this."""


@dataclass(frozen=True)
class Service(Configured):
    """A service that delivers. Subclasses set a title, fields and :meth:`send`."""

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    #: Name of a Material symbol.
    icon: ClassVar[str] = "send"
    #: Where the parameters come from, in a sentence for the form.
    hint: ClassVar[str] = ""
    To: ClassVar[type[Addressee]] = Addressee
    #: Takes one alert at a time: no digests.
    one_by_one: ClassVar[bool] = False
    #: Gets each alert's JSON as ntopng gives it, too.
    needs_ntopng: ClassVar[bool] = False
    #: Whether the service drops a repeated message by its key.
    deduplicates: ClassVar[bool] = False
    #: Takes scheduled reports: messages of files, without alerts.
    takes_reports: ClassVar[bool] = False
    #: Nothing is sent: what there is to tell stands in the interface itself.
    is_interface: ClassVar[bool] = False
    #: Statuses that mean that it will take nothing any more.
    final_statuses: ClassVar[frozenset[int]] = frozenset({401, 403, 404, 410})
    #: Where the answer's JSON, rather than Retry-After, says how long to wait: the keys that lead
    #: there, and how many of its units are a second.
    wait_in: ClassVar[tuple[str, ...]] = ()
    waits_per_second: ClassVar[float] = 1.0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "key" not in cls.__dict__:
            cls.key = cls.__module__.rpartition(".")[2]

    def send(self, to: Any, message: Message, out: Outbound) -> Answer:
        """Deliver; raises DeliveryError."""
        raise NotImplementedError

    @property
    def wants_reports(self) -> bool:
        """Return whether a message of alerts is to carry reports of their hosts."""
        return False

    @property
    def longest(self) -> float:
        """Return the seconds that an attempt takes at most."""
        return 25.0

    def post(self, out: Outbound, url: str, payload: Mapping[str, Any], **how: Any) -> Answer:
        """POST JSON and judge what comes back; raises DeliveryError."""
        return self.judge(out.request("POST", url, json=payload, **how))

    def judge(self, reply: Reply) -> Answer:
        """Return the answer, or raise DeliveryError for what the status means."""
        text = reply.text()
        if 200 <= reply.status < 300:
            return Answer(reply.status, text)
        if 300 <= reply.status < 400:
            where = reply.headers.get("location", "")[:200]
            text = f"it has moved to {where}: name that address, redirections are not followed"
        raise DeliveryError(
            f"{reply.status} {text}".strip(),
            self.verdict_of(reply.status),
            status=reply.status,
            retry_after=retry_after(reply) or self._wait_of(reply.body),
        )

    def _wait_of(self, body: bytes) -> float | None:
        """Return the seconds that the answer's JSON asks for."""
        if not self.wait_in:
            return None
        try:
            found = reduce(getitem, self.wait_in, json.loads(body))
            return float(found) / self.waits_per_second
        except (ValueError, KeyError, TypeError):
            return None

    def verdict_of(self, status: int) -> Verdict:
        """Return what a status that is no success means (RFC 9110)."""
        if status in (408, 425, 429) or status >= 500:
            return Verdict.RETRY
        if status in self.final_statuses or status < 400:
            return Verdict.DISABLED
        return Verdict.REFUSED
