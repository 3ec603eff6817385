"""A snapshot of what enrichment needs from the database and from files."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import maxminddb
from django.conf import settings

from monitoring.enrichment.networks import Networks
from monitoring.models import HostPoolMember, LocalNetwork

#: How often a process reads the snapshot anew, in seconds.
LOOK_EVERY: Final = 3.0


@dataclass(frozen=True)
class Context:
    """What the operator said of networks, pools and lists, and where AS numbers are looked up."""

    local: Networks = field(default_factory=Networks)
    pools: Networks = field(default_factory=Networks)
    pool_of_mac: dict[int, int] = field(default_factory=dict)
    listed: Networks = field(default_factory=Networks)
    list_names: tuple[str, ...] = ()  # label n is list_names[n - 1]
    listed_names: dict[str, str] = field(default_factory=dict)  # domain → list
    list_categories: dict[str, str] = field(default_factory=dict)  # list → category
    asn: Any = None  # maxminddb reader


def mac_number(text: str) -> int | None:
    """Return a MAC address as a number, None for what is none."""
    digits = text.replace(":", "").replace("-", "")
    try:
        return int(digits, 16) if len(digits) == 12 else None
    except ValueError:
        return None


@lru_cache(maxsize=4)
def _reader(path: str) -> Any:
    return maxminddb.open_database(path) if path else None


def build() -> Context:
    """Read the snapshot; raises OSError for a configured MMDB that cannot be opened."""
    members = list(HostPoolMember.objects.values_list("value", "pool_id"))
    return Context(
        local=Networks.of(
            (text, 1) for text in LocalNetwork.objects.values_list("network", flat=True)
        ),
        pools=Networks.of((text, pool) for text, pool in members if mac_number(text) is None),
        pool_of_mac={mac: pool for text, pool in members if (mac := mac_number(text)) is not None},
        asn=_reader(settings.MMDB_ASN),
        **_lists(),
    )


def _lists() -> dict[str, Any]:
    from monitoring.lists import load

    snapshot = load()
    return {
        "listed": snapshot.networks,
        "list_names": snapshot.names,
        "listed_names": snapshot.domains,
        "list_categories": snapshot.categories,
    }


class _Store:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.context: Context | None = None
        self.read_at = float("-inf")

    def current(self, now: float) -> Context:
        with self.lock:
            if self.context is None or now - self.read_at >= LOOK_EVERY:
                self.context, self.read_at = build(), now
            return self.context

    def forget(self) -> None:
        with self.lock:
            self.context = None


_STORE = _Store()


def current() -> Context:
    """Return the snapshot, at most LOOK_EVERY seconds old."""
    return _STORE.current(time.monotonic())


def forget() -> None:
    """Make the next :func:`current` of this process read anew."""
    _STORE.forget()
