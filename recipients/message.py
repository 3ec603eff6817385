"""What is told: items of alerts as they were, and the words around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

#: A message tells of so many alerts; the rest is a number.
MOST_ITEMS: Final = 50


@dataclass(frozen=True)
class Item:
    """One event of one alert; times are ISO 8601 in UTC, addresses "" where there is none."""

    kind: str
    at: str
    alert: int
    fingerprint: str
    check: str
    title: str
    severity: str
    score: int
    category: str
    family: str
    entity: str
    interface: str
    client: str
    server: str
    attacker: str
    victim: str
    vlan: int
    message: str
    count: int
    first_seen: str
    last_seen: str
    attack: str = ""
    url: str = ""
    #: The alert as ntopng's scripts get it; only for services that need it.
    ntopng: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Return whether it tells of an end."""
        return self.kind == "released"

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Attachment:
    """A file beside a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """One message, ready to send. ``key`` is the same at every attempt; ``total`` counts alerts."""

    key: str
    reason: str
    subject: str
    text: str
    severity: str
    items: Sequence[Item]
    total: int
    created_at: str
    attachments: Sequence[Attachment] = ()

    @property
    def is_test(self) -> bool:
        """Return whether it only tries the endpoint."""
        return self.reason == "test"

    @property
    def is_over(self) -> bool:
        """Return whether all it tells of is over."""
        return bool(self.items) and all(item.is_over for item in self.items)


def shorten(text: str, longest: int, more: str = "…") -> str:
    """Return the text, cut to so many characters with a mark that it was."""
    return text if len(text) <= longest else text[: longest - len(more)].rstrip() + more


def shorten_bytes(text: str, most: int) -> str:
    """Return the text, cut to so many bytes of UTF-8 at a whole character, with a mark."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: most - 3].decode("utf-8", "ignore") + "…"
