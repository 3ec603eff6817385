"""What the lifecycle did, said to the channel layer a few times a second at most."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any, Final

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis import RedisError

from alerts.lifecycle import Round
from alerts.live.kinds import group
from alerts.live.messages import alerts_since, last_event

logger = logging.getLogger(__name__)

#: Seconds between two messages of a kind.
INTERVALS: Final = {"alerts": 0.3, "traffic": 1.0}
#: So many alerts that only repeated are named in a message; pages read the others when they must.
MOST_REPEATED: Final = 50


def send(message: dict[str, Any]) -> bool:
    """Send a message to all who follow its kind; return whether Redis took it.

    It is encoded here, once, for all of them.
    """
    layer = get_channel_layer()
    push = {"type": "live.push", "last": message.get("last"), "text": json.dumps(message)}
    push["previous"] = message.get("previous")
    try:
        async_to_sync(layer.group_send)(group(message["kind"]), push)
    except (RedisError, OSError) as error:
        logger.warning("live pages were not told: %s", error)
        return False
    return True


class Publisher:
    """Collects what rounds did until it is time to tell. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._last = last_event()
        self._is_changed = False
        self._repeated: dict[int, dict[str, Any]] = {}
        self._heard: set[int] = set()
        self._told_at = dict.fromkeys(INTERVALS, float("-inf"))

    def add(self, done: Round) -> None:
        """Collect what a round did."""
        self._is_changed |= bool(done.events)
        self._heard |= done.heard
        for repeated in done.plan.repeated:
            body = repeated.body
            self._repeated[repeated.id] = {
                "id": repeated.id,
                "count": body.count,
                "score": body.score,
                "severity": body.severity,
                "last_seen": body.last_seen.isoformat(),
            }

    def note_actions(self) -> None:
        """Collect what users did."""
        self._is_changed = True

    def due_in(self, at: float) -> float:
        """Return the seconds until alerts that were collected may be told; infinite for none."""
        if not (self._is_changed or self._repeated):
            return float("inf")
        return max(self._told_at["alerts"] + INTERVALS["alerts"] - at, 0.0)

    def flush(self, at: float) -> None:
        """Tell what was collected, of each kind whose time has come."""
        if (self._is_changed or self._repeated) and self._is_time("alerts", at):
            self._tell_alerts()
        if self._heard and self._is_time("traffic", at):
            send({"kind": "traffic", "interfaces": sorted(self._heard)})
            self._heard.clear()

    def _is_time(self, kind: str, at: float) -> bool:
        if at - self._told_at[kind] < INTERVALS[kind]:
            return False
        self._told_at[kind] = at
        return True

    def _tell_alerts(self) -> None:
        message = alerts_since(self._last)
        message["repeated"] = list(_newest(self._repeated.values()))
        self._last = message["last"]
        self._is_changed = False
        self._repeated.clear()
        send(message)


def _newest(repeated: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    return sorted(repeated, key=lambda alert: alert["last_seen"], reverse=True)[:MOST_REPEATED]
