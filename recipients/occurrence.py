"""An event of an alert with what can be said about it, as recipients, silences and rules see it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: What can be asked of an alert. All but the first line may have several values or none.
LABELS: Final = (
    *("check", "category", "family", "severity", "entity", "interface", "vlan"),
    *("host", "client", "server", "attacker", "victim", "pool", "network"),
)
#: What a digest can be grouped by.
GROUPABLE: Final = (
    *("check", "category", "family", "severity", "interface", "host", "attacker", "victim", "pool"),
)

Labels = Mapping[str, tuple[str, ...]]


def fingerprint(check_id: int, identity: str, interface_id: int | None) -> str:
    """Return what stays the same when the same thing engages again, in 32 characters."""
    text = f"{check_id}|{interface_id}|{identity}"
    return hashlib.blake2s(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event of one alert. ``kind`` is the event's; the rest is the alert's as it stands."""

    event: int
    kind: str
    at: datetime
    alert: int
    fingerprint: str
    labels: Labels
    score: int
    severity: str
    rank: int
    is_engaged: bool
    is_acknowledged: bool
    interface_id: int | None = None
    pool_ids: frozenset[int] = frozenset()

    @property
    def state(self) -> str:
        """Return what is told: "engaged:error", "released" or "acknowledged"."""
        if self.kind in ("engaged", "escalated"):
            return f"engaged:{self.severity}"
        return self.kind

    def one(self, label: str) -> str:
        """Return a label's first value, "" when there is none."""
        return next(iter(self.labels.get(label, ())), "")
