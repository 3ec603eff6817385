"""One browser's WebSocket: what it may follow, from where it left off."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Final
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import get_user_model
from redis import RedisError

from alerts.live import counting
from alerts.live.kinds import PERMISSIONS, allowed, group
from alerts.live.messages import alerts_since, last_event

logger = logging.getLogger(__name__)

#: Close codes; those from 4000 on are an application's own (RFC 6455, 7.4.2).
BAD_REQUEST: Final = 4400
NOT_ALLOWED: Final = 4403
TOO_SLOW: Final = 4408
UNAVAILABLE: Final = 4503
_REASONS: Final = {TOO_SLOW: "too_slow", NOT_ALLOWED: "not_allowed"}

#: So many messages may wait for a slow client before it is dropped: some ten seconds.
MOST_WAITING: Final = 32
#: A client that does not take one message in so many seconds is dropped.
SEND_SECONDS: Final = 10.0
#: How often a client is greeted and its rights looked at again, in seconds.
CHECK_EVERY: Final = 30.0


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Pushes to one client. ``?last=<id>`` resumes after that event; ``?kinds=a,b`` chooses.

    A client that is too slow is closed with 4408; it connects again with the last id it saw, and
    gets what it missed.
    """

    #: What is followed when the client does not choose.
    kinds: frozenset[str] = frozenset(PERMISSIONS)

    async def connect(self) -> None:
        """Accept who may follow all that they ask for; tell first what they missed."""
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._kinds: frozenset[str] = frozenset()
        try:
            asked, self._last = _asked(self.scope["query_string"])
        except ValueError as error:
            await self._refuse(BAD_REQUEST, str(error))
            return
        may = await self._may_follow(asked or self.kinds)
        if not may or asked - may:
            await self._refuse(NOT_ALLOWED, "not allowed")
            return
        self._kinds = may
        await self._follow()

    async def _refuse(self, code: int, reason: str) -> None:
        """Accept and close: a browser sees the code of an accepted connection alone."""
        await self.accept()
        await self.close(code, reason)

    async def _follow(self) -> None:
        try:
            for kind in self._kinds:
                await self.channel_layer.group_add(group(kind), self.channel_name)
        except (RedisError, OSError) as error:
            logger.warning("nothing can be followed: %s", error)
            await self._refuse(UNAVAILABLE, "redis does not answer")
            return
        await self.accept()
        counting.opened(self)
        self._tasks = [asyncio.create_task(self._send_all()), asyncio.create_task(self._look())]
        if "alerts" in self._kinds:
            await self._resume()

    async def _may_follow(self, kinds: frozenset[str]) -> frozenset[str]:
        return frozenset(await database_sync_to_async(_allowed_now)(self.scope, kinds))

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        counting.closed(self)
        for task in self._tasks:
            task.cancel()
        for kind in self._kinds:
            try:
                await self.channel_layer.group_discard(group(kind), self.channel_name)
            except (RedisError, OSError):
                logger.warning("redis did not take leave of %s", kind)

    async def live_push(self, event: dict[str, Any]) -> None:
        """Pass a message on; after a gap, tell what is missing instead."""
        last, previous = event.get("last"), event.get("previous")
        if last is None:
            self._put(event["text"])
        elif previous == self._last:
            self._last = last
            self._put(event["text"])
        elif self._last is None or last > self._last:
            await self._resume()

    async def _resume(self) -> None:
        """Tell what happened since the last event that the client knows."""
        after = self._last
        if after is None:
            after = await database_sync_to_async(last_event)()
        message = await database_sync_to_async(alerts_since)(after)
        self._last = message["last"]
        self._put(json.dumps({**message, "repeated": []}))

    def _put(self, text: str) -> None:
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            self._drop(TOO_SLOW)

    async def _send_all(self) -> None:
        """Send what waits, one after the other, as fast as the client takes it."""
        while True:
            text = await self._waiting.get()
            try:
                await asyncio.wait_for(self.send(text_data=text), SEND_SECONDS)
            except TimeoutError:
                self._drop(TOO_SLOW)
                return
            except (OSError, RuntimeError):  # it is closed; ``disconnect`` follows
                return

    async def _look(self) -> None:
        """Greet the client now and then, and close when its user may no longer follow."""
        while True:
            await counting.tell()
            await asyncio.sleep(CHECK_EVERY)
            if await self._may_follow(self._kinds) != self._kinds:
                self._drop(NOT_ALLOWED)
                return
            self._put('{"kind": "alive"}')

    def _drop(self, code: int) -> None:
        """Close, without waiting for a client that does not listen."""
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        self._tasks = [asyncio.create_task(self._close(code))]

    async def _close(self, code: int) -> None:
        await counting.note_drop(_REASONS.get(code, str(code)))
        try:
            await asyncio.wait_for(self.close(code), SEND_SECONDS)
        except TimeoutError:
            logger.info("a slow client did not take its close either")


class AlertsConsumer(LiveConsumer):
    """Follows alerts alone."""

    kinds = frozenset({"alerts"})


def _asked(query: bytes) -> tuple[frozenset[str], int | None]:
    """Return the kinds and the last event asked for; raises ValueError naming what is wrong."""
    asked = parse_qs(query.decode("latin-1"))
    names = [name for value in asked.get("kinds", []) for name in value.split(",") if name]
    unknown = sorted(set(names) - set(PERMISSIONS))
    if unknown:
        raise ValueError(f"kinds: {unknown[0]!r} is none of {', '.join(PERMISSIONS)}")
    last = asked.get("last", [""])[-1]
    if last and not (last.isascii() and last.isdigit() and len(last) < 19):
        raise ValueError("last: not the number of an event")
    return frozenset(names), int(last) if last else None


def _allowed_now(scope: dict[str, Any], kinds: frozenset[str]) -> frozenset[str]:
    """Return what the session's user may follow, as the database has it now."""
    session = scope.get("session")
    if session is not None and not session.exists(session.session_key or ""):
        return frozenset()
    user = get_user_model()._default_manager.filter(pk=scope["user"].pk).first()
    return allowed(user, kinds) if user is not None else frozenset()
