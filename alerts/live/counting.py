"""How many WebSockets are open, and how many the server closed; each web process tells Redis."""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from functools import lru_cache
from typing import Any, Final

import redis
from asgiref.sync import sync_to_async
from django.conf import settings

logger = logging.getLogger(__name__)

_CLIENTS: Final = "ntopweb:live:clients"
_DROPPED: Final = "ntopweb:live:dropped"
#: A process that said nothing for so many seconds is gone; each speaks twice a minute.
_GONE: Final = 90.0
_open: set[int] = set()


def opened(client: object) -> None:
    """Note that a client of this process is there."""
    _open.add(id(client))


def closed(client: object) -> None:
    """Note that a client of this process has gone."""
    _open.discard(id(client))


async def tell() -> None:
    """Tell Redis how many clients this process has; without Redis nobody is told."""
    await sync_to_async(_tell, thread_sensitive=False)()


def _tell() -> None:
    here = f"{socket.gethostname()}:{os.getpid()}"
    try:
        _server(settings.REDIS_URL).hset(_CLIENTS, here, json.dumps([time.time(), len(_open)]))
    except redis.RedisError as error:
        logger.warning("the open WebSockets are not counted: %s", error)


async def note_drop(reason: str) -> None:
    """Count a WebSocket that the server closed."""
    await sync_to_async(_note_drop, thread_sensitive=False)(reason)


def _note_drop(reason: str) -> None:
    try:
        _server(settings.REDIS_URL).hincrby(_DROPPED, reason, 1)
    except redis.RedisError as error:
        logger.warning("a dropped WebSocket is not counted: %s", error)


def clients(now: float) -> int:
    """Return how many are open in all processes, ``now`` in seconds of the epoch."""
    server = _server(settings.REDIS_URL)
    found: dict[bytes, bytes] = server.hgetall(_CLIENTS)
    told = {process: json.loads(text) for process, text in found.items()}
    if gone := [process for process, (at, _) in told.items() if now - at > _GONE]:
        server.hdel(_CLIENTS, *gone)
    return sum(number for process, (_, number) in told.items() if process not in gone)


def dropped() -> dict[str, int]:
    """Return how many the server closed, by reason."""
    found: dict[bytes, bytes] = _server(settings.REDIS_URL).hgetall(_DROPPED)
    return {reason.decode(): int(number) for reason, number in found.items()}


@lru_cache(maxsize=4)
def _server(url: str) -> Any:
    return redis.from_url(url, socket_timeout=1)
