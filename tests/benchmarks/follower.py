"""A browser's WebSocket without the browser: logged in, resumed from the last event it saw."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

#: A message of 50 events is some 30 KB.
MAX_SIZE: Final = 1 << 22


def session_cookie(name: str = "follower") -> str:
    """Return the cookie of a new superuser's session, ready for a header."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    user = get_user_model()._default_manager.create_superuser(name)
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


def live(url: str, cookie: str, last: int | None = None, **options: Any) -> connect:
    """Return the connection to /ws/live/ of a server, as its own pages make it."""
    query = "" if last is None else f"?last={last}"
    address = url.replace("http", "ws", 1) + f"/ws/live/{query}"
    return connect(
        address, origin=url, additional_headers={"Cookie": cookie}, max_size=MAX_SIZE, **options
    )


class Heard:
    """What one client was told: each event once, when, and in how many messages."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.at: dict[int, float] = {}  # event id: UNIX time
        self.events: list[dict[str, Any]] = []
        self.messages = 0
        self.incomplete = 0
        self.bytes = 0

    async def follow(self, socket: ClientConnection) -> None:
        """Take messages until the connection ends; raises ConnectionClosed with its code."""
        async for text in socket:
            self.take(str(text))

    def take(self, text: str) -> None:
        """Note a message."""
        now, message = time.time(), json.loads(text)
        if message["kind"] != "alerts":
            return
        self.messages += 1
        self.bytes += len(text)
        self.last = message["last"]
        self.incomplete += not message["complete"]
        for event in message["events"]:
            if event["id"] not in self.at:
                self.at[event["id"]] = now
                self.events.append(event)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which that share of the values lies; NaN for none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")
