"""How agents are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitoring.models import Agent

#: A live agent posts at least every 5 s; one silent for so long is not well.
SILENT_AFTER: Final = timedelta(seconds=60)
#: A clock that differs by more makes event times wrong enough to matter, in milliseconds.
MAX_SKEW_MS: Final = 5_000
#: A larger share of packets lost before the agent saw them is worth a word.
MAX_DROPS: Final = 0.01


@dataclass(frozen=True)
class Health:
    """``level`` is ok, warning, error or off; ``text`` says why in a few words."""

    level: str
    text: str


def health_of(agent: Agent, now: datetime) -> Health:
    """Return an agent's state; the gravest trouble is the one that is named."""
    if not agent.is_enabled:
        return Health("off", "switched off")
    if agent.last_seen_at is None:
        return Health("off", "never seen")
    if now - agent.last_seen_at > SILENT_AFTER:
        return Health("error", "silent")
    return Health("warning", trouble) if (trouble := _trouble(agent)) else Health("ok", "well")


def _trouble(agent: Agent) -> str:
    counters = agent.counters
    if counters.get("spool_drops"):
        return "threw batches away: the spool was full"
    if counters.get("rejected_batches"):
        return "has batches that the server refused"
    if abs(agent.clock_skew_ms or 0) > MAX_SKEW_MS:
        return "its clock is wrong"
    drops, received = counters.get("kernel_drops", 0), counters.get("received", 0)
    return "loses packets" if drops > MAX_DROPS * max(received, 1) else ""
